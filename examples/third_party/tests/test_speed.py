from skipzeros.bench.networks.scenario import Scenario


def test_speed(training_pass):
    training_pass(Scenario())
