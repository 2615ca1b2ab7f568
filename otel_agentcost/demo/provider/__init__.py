"""A fake provider on the loopback interface that speaks the real dialects and writes down what it billed."""
