"""A loopback model provider for tests: four dialects, one deterministic mind, a log of every request."""
