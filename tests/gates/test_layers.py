"""Which module may import which, and what an import costs."""

import pytest

from tests.gates import house
from tests.support import tell


@pytest.mark.parametrize("gate", house.IMPORT_GATES, ids=lambda gate: gate.__name__)
def test_layers(gate):
    tell(gate())
