"""The four utility services of the city, and which meters measure them."""

from enum import StrEnum
from typing import Final


class Service(StrEnum):
    """A utility service; the values are those of the exchange files."""

    COLD_WATER = "cold_water"
    HOT_WATER = "hot_water"
    WASTEWATER = "wastewater"
    HEATING = "heating"

    @property
    def measured_by(self) -> tuple["Service", ...]:
        """The services whose meters give the volume of this one.

        Wastewater has no meter in a flat: its volume is cold plus hot water (Rules No. 354, point 42).
        """
        return WASTEWATER_PARTS if self is Service.WASTEWATER else (self,)


WASTEWATER_PARTS: Final = (Service.COLD_WATER, Service.HOT_WATER)
