"""What the control API refuses: problem+json with a sentence a tester can act on."""

from fastapi.responses import JSONResponse
from starlette.requests import Request


class Problem(Exception):
    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


async def answer_problem(request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, Problem)
    body = {"type": "about:blank", "title": "Not possible", "status": problem.status, "detail": problem.detail}
    return JSONResponse(body, status_code=problem.status, media_type="application/problem+json")
