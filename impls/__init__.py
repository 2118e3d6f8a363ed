"""The networks: one short file each, all the same network, with less and less waste.

Read them in this order: dense, dense_rows, multiply_loop, sum_loop, csr, add_reduce,
gather_scatter, compiled (with row_layout and vectors, its two inner loops). torch is what a user
of PyTorch would write instead.
"""
