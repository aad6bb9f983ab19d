"""Metrics for Prometheus.

    metric_names.py   the register: the name, labels and meaning of every metric
    metrics.py        the metrics, and one function for each thing that is counted
    requests.py       counts and times HTTP requests
    multiprocess.py   adds up the workers of one server
    exposition.py     `/metrics`
    sampling.py       measures values without events at intervals

The client library decides at its import whether its values are shared. A server's workers are new interpreters, started
after `multiprocess.share_metrics`, so they always share theirs. The server's own process may have imported the library
earlier: it counts nothing.
"""
