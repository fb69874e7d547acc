"""The one exception a person is meant to read."""


class UserError(ValueError):
    """Something a person can put right, said in one sentence that names the cure.

    Command lines print it and exit 2, the page shows it, the API returns it; none of them shows a traceback.

    Args:
        what: what is wrong, without a full stop ("The picture is 0 pixels high").
        where: which file, argument or field it is about; empty when there is only one candidate.
        cure: what to do about it, without a full stop ("Give a height between 1 and 4096").
    """

    def __init__(self, what: str, *, where: str = "", cure: str = "") -> None:
        self.what = what
        self.where = where
        self.cure = cure
        super().__init__(what)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        cure = f" {self.cure}." if self.cure else ""
        return f"{place}{self.what}.{cure}"

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only fields must survive the trip out of a worker process.
        return (_rebuild, (self.what, self.where, self.cure))


def _rebuild(what: str, where: str, cure: str) -> UserError:
    return UserError(what, where=where, cure=cure)
