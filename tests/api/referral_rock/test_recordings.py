import pytest

from tests.api.recordings import play, recordings_of
from tests.api.referral_rock.hook_worlds import HOOK_WORLDS
from tests.api.referral_rock.outreach_worlds import OUTREACH_WORLDS
from tests.api.referral_rock.referral_worlds import REFERRAL_WORLDS
from tests.api.referral_rock.worlds import WORLDS


@pytest.mark.django_db
@pytest.mark.parametrize("recording", recordings_of(__file__))
def test_the_answer_is_the_recorded_one(recording):
    play(recording, WORLDS | OUTREACH_WORLDS | HOOK_WORLDS | REFERRAL_WORLDS)
