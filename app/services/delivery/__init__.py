"""Delivery of texts: typing, safety checks, the claim, one POST, the recorded outcome."""

from app.services.delivery.ports import DeliveryPorts
from app.services.delivery.steps import BATCH, deliver

__all__ = ["BATCH", "DeliveryPorts", "deliver"]
