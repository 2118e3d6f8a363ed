from skipzeros.testing import NetworkConformance

from skipzeros_einsum import Einsum


class TestEinsum(NetworkConformance):
    network = Einsum
