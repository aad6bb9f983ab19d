"""Metrics, in prometheus's form.

    metric_names.py   the register: the name, labels and meaning of every metric
    metrics.py        the metrics themselves, and one function for each thing that is counted
    requests.py       counting and timing HTTP requests
    multiprocess.py   adding up the workers of one server
    exposition.py     `/metrics`
    sampling.py       measuring at intervals what has no event of its own

Nothing here may be imported by a process before `multiprocess.share_metrics` was called, if it is called at all:
the client library decides at its import whether its values are shared.
"""
