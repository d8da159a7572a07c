"""The schedule: when sites are crawled, what came of each planned time, and the process that sees to it.

``cron`` says which instants a cron line names in a time zone. ``planner`` decides, as a pure function, what is to be done
now. ``engine`` does it, through a runner, and writes it down in the ledger.
"""
