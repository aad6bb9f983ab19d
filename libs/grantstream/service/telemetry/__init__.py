"""Metrics, in prometheus's form.

    metric_names.py   the register: the name, labels and meaning of every metric
    metrics.py        the metrics themselves, and one function for each thing that is counted
    requests.py       counting and timing HTTP requests
    multiprocess.py   adding up the workers of one server
    exposition.py     `/metrics`
    sampling.py       measuring at intervals what has no event of its own

The client library decides at its import whether its values are shared. The workers of a server are fresh
interpreters, started after `multiprocess.share_metrics` was called, and so they share theirs, wherever the imports
stand. The server's own process may have imported it earlier: it counts nothing.
"""
