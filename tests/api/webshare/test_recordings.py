import pytest

from tests.api.recordings import play, recordings_of
from tests.api.webshare import worlds, worlds_of_people

WORLDS = worlds.WORLDS | worlds_of_people.WORLDS


@pytest.mark.django_db
@pytest.mark.parametrize("recording", recordings_of(__file__))
def test_recording(recording):
    play(recording, WORLDS)
