"""Stub until the table is there."""


class Learned:
    def publishes(self, text: str) -> bool:
        return True


def templates(kind: type[BaseException]) -> tuple[str, ...]:
    return ()
