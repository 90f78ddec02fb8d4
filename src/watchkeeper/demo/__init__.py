"""A fleet of twelve simulated agents that works through a queue, for demonstrations and tests.

``python -m watchkeeper.demo`` runs it; it speaks to a server through the SDK alone,
as any orchestrator would. Choices follow from the seed, latencies are slept for real.
"""
