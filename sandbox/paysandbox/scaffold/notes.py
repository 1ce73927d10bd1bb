"""What a scaffold could not take over from a document, for the person who goes on from there."""

from collections.abc import Iterator


class Notes:
    """Sentences, each with the places that it is about."""

    def __init__(self) -> None:
        self._places: dict[str, list[str]] = {}

    def add(self, sentence: str, place: str = "") -> None:
        """Note a sentence about a place, such as an operation; a sentence is listed once."""
        places = self._places.setdefault(sentence, [])
        if place and place not in places:
            places.append(place)

    def __iter__(self) -> Iterator[str]:
        for sentence, places in self._places.items():
            more = f" and {len(places) - 3} more" if len(places) > 3 else ""  # noqa: PLR2004 - three places are shown
            yield f"{sentence} ({', '.join(places[:3])}{more})." if places else f"{sentence}."
