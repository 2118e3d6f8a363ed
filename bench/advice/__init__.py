"""What `skipzeros advise` needs: what the data are like, the code to write, and what fits."""
