"""The code to write: one file a framework, which `skipzeros advise` times and prints."""
