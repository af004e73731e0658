from django.urls import path

from api.stripe.views import take_in_event

app_name = "stripe"

urlpatterns = [path("<str:tenant_alias>/", take_in_event, name="events")]
