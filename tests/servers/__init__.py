"""Servers for tests that the platform itself does not need; the embedded PostgreSQL and Kafka are in deploy/local.

kafka_cluster.py   several brokers that a test can stop, kill or pause one by one
kafka_nodes.py     the ports and the configuration of each of them
kafka_classes.py   makes the class data archive that lets every broker of this checkout start quickly
databases.py       a database for one test, empty or copied from a template
"""
