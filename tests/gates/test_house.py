"""Sizes, contracts, errors, links, spelling and tidiness of the repository."""

import pytest

from tests.gates import house
from tests.support import tell

GATES = [gate for gate in house.GATES if gate not in house.IMPORT_GATES]


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.__name__)
def test_house(gate):
    tell(gate())
