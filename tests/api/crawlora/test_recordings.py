import pytest

from tests.api.crawlora.worlds import WORLDS
from tests.api.recordings import play, recordings_of


@pytest.mark.django_db
@pytest.mark.parametrize("recording", recordings_of(__file__))
def test_recording(recording):
    play(recording, WORLDS)
