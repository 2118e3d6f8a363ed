"""The networks: one short file each, all the same network, with less and less waste.

Read them in this order: dense, dense_rows, multiply_loop, sum_loop, csr, add_reduce,
gather_scatter, compiled (with row_layout and vectors, its two inner loops). torch and jax (with
jax_pass, what is compiled) are what users of PyTorch and of JAX would write instead.
"""
