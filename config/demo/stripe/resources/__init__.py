"""What Stripe does when it is asked: one module a resource, one function a route."""
