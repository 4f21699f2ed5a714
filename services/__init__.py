"""The subscriptions: thin services over the domain packages, declared together in ``topology``."""
