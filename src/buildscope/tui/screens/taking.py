"""Taking away: the wheel, reports, command lines and the patch, each into a file here."""

from __future__ import annotations

import shlex
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work

from buildscope.errors import BuildscopeError
from buildscope.tui.screens.entering import Entering

if TYPE_CHECKING:
    from buildscope.model.run import Attempt
    from buildscope.recipes import RecipeText


class Taking(Entering):
    """Nothing is ever replaced: a file whose name is taken gets a number."""

    def action_take_away(self) -> None:
        """Offer what can be taken from here."""
        from buildscope.tui.screens.reading import ChoosingScreen
        from buildscope.tui.view.taking import taken_rows

        attempt = self.scene.attempt
        if attempt is None:
            self.say("nothing was attempted yet, so there is nothing to take away")
            return
        rows = partial(taken_rows, attempt, self._recipe_of(attempt), Path.cwd())
        title = f"Take away from #{attempt.id}"
        self.app.push_screen(ChoosingScreen(title, rows, partial(self._taken, attempt)))

    def export(self, attempt: Attempt, name: str) -> None:
        """Write a report, document, script or patch, as the suffix of ``name`` says."""
        if self.scene.record is not None:
            self._write(attempt, Path.cwd() / Path(name).expanduser())

    def _taken(self, attempt: Attempt, key: str, _pressed: str) -> None:
        from buildscope.tui.view.taking import file_name

        record = self.scene.record
        kind, _, name = key.partition(":")
        if kind == "recipe":
            text = next(one for one in self._recipe_of(attempt) if one.name == name)
            self._save(text.text, Path.cwd() / text.file)
        elif key == "wheel":
            self._copy(Path(attempt.artifact or ""))
        elif key == "path":
            self.app.copy_to_clipboard(attempt.artifact or "")
            self.say(f"copied: {attempt.artifact}")
        elif record is not None:
            self.export(attempt, file_name(attempt, record.id, key))

    @work(thread=True, group="take")
    def _copy(self, made: Path) -> None:
        target = Path.cwd() / made.name
        if target.exists():
            self._tell_taken(f"it is there already, and is not replaced: {target}", "warned")
            return
        try:
            (shutil.copytree if made.is_dir() else shutil.copy2)(made, target)
        except OSError as error:
            self._tell_taken(f"{made.name} cannot be copied: {error.strerror}", "failed")
        else:
            self._tell_taken(f"copied to {target} = cp {shlex.quote(str(made))} .")

    def _recipe_of(self, attempt: Attempt) -> tuple[RecipeText, ...]:
        """The recipe that ``attempt`` came to in the words of tools; of others there is none."""
        record = self.scene.record
        recipe = record.search.recipe if record is not None and record.search is not None else None
        return self.texts or () if recipe is not None and recipe.attempt == attempt.id else ()

    @work(thread=True, group="take")
    def _save(self, text: str, file: Path) -> None:
        file = free_name(file)
        try:
            file.write_bytes(text.encode(errors="surrogateescape"))
        except OSError as error:
            self._tell_taken(f"{file.name} cannot be written: {error.strerror}", "failed")
        else:
            self._tell_taken(f"the recipe is in {file}")

    @work(thread=True, group="take")
    def _write(self, attempt: Attempt, file: Path) -> None:
        from buildscope.session.export import export_to

        record = self.scene.record
        assert record is not None
        file = free_name(file)
        try:
            export_to(file, record, attempt)
        except BuildscopeError as error:
            self._tell_taken(". ".join(filter(None, (error.message, error.hint))), "failed")
            return
        self.app.call_from_thread(self.app.copy_to_clipboard, str(file))
        twin = f"buildscope export {record.id} --to {shlex.quote(file.name)}"
        self._tell_taken(f"written, and its path copied: {file} = {twin}")

    def _tell_taken(self, text: str, style: str = "") -> None:
        self.app.call_from_thread(self.say, text, style)


def free_name(file: Path) -> Path:
    """``file``, or with a number where that is taken: nothing is replaced."""
    free, number = file, 1
    while free.exists():
        free = file.with_name(f"{file.stem}-{number}{file.suffix}")
        number += 1
    return free
