"""The questions that a chat can answer, in whatever order the journal and the keeper bring them."""

import asyncio
from collections.abc import Callable
from typing import Any

from controller.cli.chat_questions import Questions
from controller.cli.talk import Question

YES, NO = {"optionId": "yes", "name": "Yes"}, {"optionId": "no", "name": "No"}


def entry(ident: str, tool: str = "rm", kind: str = "permission") -> dict[str, Any]:
    return {"n": 1, "kind": kind, "id": ident, "tool": {"title": tool}, "options": [YES, NO]}


def asked(tool: str = "rm") -> Question:
    params = {"sessionId": "s", "toolCall": {"title": tool}, "options": [YES, NO]}
    return Question(params, asyncio.get_running_loop().create_future())


def scene(work: Callable[[Questions], None]) -> None:
    """Futures need a loop."""

    async def story() -> None:
        work(Questions())

    asyncio.run(story())


def chosen(question: Question) -> str | None:
    return question.answer.result()["optionId"] if question.answer.done() else None


def test_an_answer_waits_until_it_is_asked_for() -> None:
    """The journal may show a question a moment before the keeper asks it."""

    def work(questions: Questions) -> None:
        questions.take(entry("1"))
        assert questions.answer(2)
        assert questions.oldest() is None
        assert questions.ask(question := asked()) is None
        assert chosen(question) == "no"

    scene(work)


def test_a_question_that_the_journal_did_not_tell_is_told() -> None:
    def work(questions: Questions) -> None:
        told = questions.ask(question := asked("make"))
        assert told is not None
        assert (told["tool"], questions.oldest()) == ({"title": "make"}, told)
        assert questions.answer(1)
        assert chosen(question) == "yes"

    scene(work)


def test_questions_that_are_alike_have_an_answer_each() -> None:
    def work(questions: Questions) -> None:
        first, second = asked(), asked()
        for ident, question in (("1", first), ("2", second)):
            questions.take(entry(ident))
            assert questions.ask(question) is None
        assert questions.answer(1)
        assert questions.answer(2)
        assert (chosen(first), chosen(second)) == ("yes", "no")

    scene(work)


def test_a_number_that_is_no_answer_answers_nothing() -> None:
    def work(questions: Questions) -> None:
        assert not questions.answer(1)
        questions.take(entry("1"))
        assert not questions.answer(0)
        assert not questions.answer(3)
        assert questions.oldest() == entry("1")

    scene(work)


def test_what_anybody_answered_is_closed() -> None:
    def work(questions: Questions) -> None:
        questions.take(entry("1"))
        questions.take(entry("2", "make"))
        questions.take(entry("1", kind="permission_answer"))
        assert questions.oldest() == entry("2", "make")

    scene(work)


def test_the_end_of_the_turn_closes_all_and_that_of_a_dropped_prompt_none() -> None:
    """A keeper that was killed answered none of them."""

    def work(questions: Questions) -> None:
        questions.take(entry("p1", kind="delivered"))
        questions.take(entry("1"))
        questions.take(entry("p2", kind="turn_end"))
        assert questions.oldest() is not None
        questions.take(entry("p1", kind="turn_end"))
        assert questions.oldest() is None

    scene(work)


def test_a_question_that_nobody_waits_for_any_more_takes_no_answer() -> None:
    """The line to the keeper was lost meanwhile."""

    def work(questions: Questions) -> None:
        questions.take(entry("1"))
        question = asked()
        questions.ask(question)
        question.answer.cancel()
        assert questions.answer(1)

    scene(work)
