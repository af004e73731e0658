import pytest

from tests.api.recordings import play, recordings_of
from tests.api.saasquatch.worlds import WORLDS


@pytest.mark.django_db
@pytest.mark.parametrize("recording", recordings_of(__file__))
def test_the_answer_is_the_recorded_one(recording):
    play(recording, WORLDS)
