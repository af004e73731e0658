from events.admin import deliveries, endpoints

__all__ = ["deliveries", "endpoints"]
