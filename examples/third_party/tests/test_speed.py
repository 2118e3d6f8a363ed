from skipzeros import Scenario


def test_speed(training_pass):
    training_pass(Scenario())
