"""What ``rooms`` words."""

import numpy as np

from . import *  # noqa: F403
from . import _show, array, beside, exactly, positive, told_apart


def room(room_m, absorption) -> tuple[np.ndarray, np.ndarray]:
    """Three lengths, and the absorption of six walls as rows (x, y, z) of (wall at 0, wall at L)."""
    room_m = positive(room_m, "room_m").astype(float)
    if len(room_m) != 3:
        raise ValueError(f"room_m must be length, width and height, got {len(room_m)} numbers: pass three")
    if room_m.min() < 1e-3 or room_m.max() > 1e6:
        raise ValueError(f"room_m must lie between 1 mm and 1000 km, got {_show(room_m.tolist())} m: pass metres")
    absorption = array(absorption, "absorption", real=True, scalar=True).astype(float)
    if absorption.ndim > 1 or absorption.size not in (1, 6):
        raise ValueError(
            f"absorption must be one number or six, for the walls x = 0, x = L, y = 0, y = L, floor and ceiling, "
            f"got shape {absorption.shape}: pass one for all walls"
        )
    if absorption.min() < 0 or absorption.max() > 1:
        raise ValueError(
            f"absorption must lie in 0…1, the part of the energy that a wall keeps, "
            f"got {beside(absorption.min(), 0, 1)}…{beside(absorption.max(), 0, 1)}: divide percent by 100"
        )
    return room_m, np.resize(absorption, (3, 2))


def inside_room(place_m, room_m: np.ndarray, name: str) -> np.ndarray:
    """A place within the walls."""
    place_m = array(place_m, name, real=True, one_axis=True).astype(float)
    if place_m.shape != (3,) or (place_m <= 0).any() or (place_m >= room_m).any():
        raise ValueError(
            f"{name} must be three coordinates inside the room of {_show(room_m.tolist())} m, "
            f"got {_show(place_m.tolist())}: move it off the walls"
        )
    return place_m


def apart(distance_m: float) -> None:
    """Source and receiver that are not one."""
    if distance_m < 0.01:
        raise ValueError(
            f"source_m and receiver_m must be at least 0.01 m apart, got {beside(distance_m, 0.01, digits=2)} m: "
            "the sound pressure grows as 1 / distance, move one of them"
        )


def direct_sound_within(distance_m: float, reach_m: float) -> None:
    """A response that lasts until something is heard."""
    if reach_m < distance_m:
        reach, distance = told_apart(reach_m, distance_m, digits=3)
        raise ValueError(
            f"the response must reach the direct sound, {distance} m or {distance_m / 343:.2g} s away, "
            f"got {reach} m: raise duration_s or max_distance_m"
        )


def some_absorption(mean: float) -> None:
    """A room whose sound dies away."""
    if mean <= 1e-12:
        got = f"{mean:.2g} on average" if mean else "0 for all"
        raise ValueError(
            f"absorption must be above 0 for at least one wall, got {got}: the sound would never end, raise it"
        )


def images_fit(n_images: float, most: int) -> None:
    """Mirror images that fit into memory."""
    if n_images > most:
        raise ValueError(
            f"the room must have at most {most} mirror images within its response, "
            f"got about {beside(n_images, most, digits=3)}: lower max_order or duration_s, or raise the absorption"
        )


def decays(total_db: float, fitted_db: float) -> None:
    """An impulse response that goes on beyond the part to which a line is fitted: its end bends Schroeder's curve."""
    if total_db < fitted_db + 5:
        raise ValueError(
            f"rir must decay by {exactly(fitted_db + 5)} dB, 5 more than are fitted, "
            f"got {beside(max(total_db, 0), fitted_db + 5, digits=3)} dB: "
            "pass a longer response, or lower decay_db to 20 or 10"
        )
