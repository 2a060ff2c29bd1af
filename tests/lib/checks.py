"""What test programs in Python say when something is not as it should be."""
import time


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def wait_for(condition, what, seconds=10):
    deadline = time.time() + seconds
    while not condition():
        check(time.time() < deadline, what)
        time.sleep(0.02)
