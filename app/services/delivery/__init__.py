"""From texts to chats: typing, the last checks, the claim, one POST, and what became of it."""

from app.services.delivery.ports import DeliveryPorts
from app.services.delivery.steps import BATCH, deliver

__all__ = ["BATCH", "DeliveryPorts", "deliver"]
