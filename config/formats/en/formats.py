"""How the console writes dates: unlike Django's own, without a doubt about month and day, and on 24 hours."""

DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i"
