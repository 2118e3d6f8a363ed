"""The harness: reads reviews, certifies networks, times them side by side, writes it down."""
