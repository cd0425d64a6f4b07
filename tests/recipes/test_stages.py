"""When a stage runs, is skipped, goes on, or clears what was there, on a recipe of two stages."""

import os
import re
import subprocess
from pathlib import Path

import pytest

LIB = Path(__file__).parents[2] / "recipes" / "lib"

# `words` joins words into a file; `model` appends to a folder that is dear, as a training does.
RECIPE = f"""#!/usr/bin/env bash
set -euo pipefail
## options
greeting=hello            # a word
nj=1                      # processes
stage=words               # first stage
stop_stage=model          # last stage
skip=                     # stages to leave out
dry_run=false             # print only
force=false               # run again
## end of options
source {LIB}/options.sh
source {LIB}/stages.sh
parse_options "$@"
recipe_call=./run.sh
tool_dir=/usr/bin
stages=(1:words 4:model)
declare -A home=([words]=data [model]=exp/model)
stage_words() {{
    about 'words in a file'
    needs conf source.txt
    owns data/words
    does mkdir -p data/words
    does bash -c 'cat source.txt; echo "$1"; touch "data/words/$1"' bash "$greeting" --nj "$nj"
    does bash -c '[[ ! -e slow ]] || sleep 1.1; [[ ! -e full ]]'
    does cp source.txt data/words.txt
    gives data/words.txt
}}
stage_model() {{
    about 'a model'
    needs words data/words.txt
    keeps exp/model
    does bash -c 'echo step >>exp/model/steps; [[ ! -e broken ]]'
    gives exp/model/steps
}}
run_stages "$stage" "$stop_stage" "$skip"
"""


@pytest.fixture
def recipe(tmp_path):
    (tmp_path / "recipe.sh").write_text(RECIPE)
    (tmp_path / "source.txt").write_text("source\n")

    def run(*arguments: str, fails: bool = False) -> str:
        done = subprocess.run(
            ["bash", "recipe.sh", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={"PATH": os.environ["PATH"]},
        )
        assert (done.returncode != 0) == fails, done.stderr
        return done.stderr

    run.folder = tmp_path
    return run


def ran(printed: str) -> list[str]:
    """The stages that ran, of what a recipe printed."""
    blocks = printed.split("== stage ")[1:]
    return [b.split("(")[1].split(")")[0] for b in blocks if "done before" not in b]


def test_a_second_run_skips_what_is_done(recipe):
    assert ran(recipe()) == ["words", "model"]
    assert ran(recipe()) == []


def test_force_runs_what_is_done(recipe):
    recipe()
    assert ran(recipe("--force")) == ["words", "model"]


def test_a_changed_option_runs_the_stage_again_in_a_clean_folder(recipe):
    recipe()
    assert ran(recipe("--greeting", "hi")) == ["words"]  # whose words.txt came out the same
    assert [p.name for p in (recipe.folder / "data/words").iterdir()] == ["hi"]


def test_what_another_setting_left_unfinished_is_not_taken_for_done(recipe):
    recipe()
    (recipe.folder / "full").touch()
    recipe("--greeting", "hi", fails=True)
    (recipe.folder / "full").unlink()
    assert ran(recipe()) == ["words"]
    assert [p.name for p in (recipe.folder / "data/words").iterdir()] == ["hello"]


def test_a_changed_input_runs_the_stage_and_those_that_stand_on_it(recipe):
    recipe()
    (recipe.folder / "source.txt").write_text("other\n")
    assert ran(recipe()) == ["words", "model"]


def test_the_number_of_processes_changes_nothing(recipe):
    recipe()
    assert ran(recipe("--nj", "3")) == []


def test_a_missing_output_is_made_again(recipe):
    recipe()
    (recipe.folder / "data/words.txt").unlink()
    assert ran(recipe()) == ["words"]


def test_a_missing_input_names_the_stage_that_makes_it(recipe):
    printed = recipe("--stage", "model", fails=True)
    assert "needs data/words.txt, which stage 1 (words) makes: ./run.sh --stage words" in printed
    (recipe.folder / "source.txt").unlink()
    assert "needs source.txt, which is not there" in recipe(fails=True)


def test_an_interrupted_training_goes_on(recipe):
    (recipe.folder / "broken").touch()
    printed = recipe(fails=True)
    assert "go on with: ./run.sh --stage model" in printed
    (recipe.folder / "broken").unlink()
    assert ran(recipe()) == ["model"]
    assert (recipe.folder / "exp/model/steps").read_text() == "step\nstep\n"
    assert ran(recipe()) == []


def test_a_training_under_other_settings_is_moved_and_not_lost(recipe):
    recipe()
    (recipe.folder / "source.txt").write_text("other\n")
    assert "it is now exp/model.old1" in recipe()
    assert (recipe.folder / "exp/model.old1/steps").read_text() == "step\n"
    assert (recipe.folder / "exp/model/steps").read_text() == "step\n"
    recipe("--force", "--stage", "model")
    assert (recipe.folder / "exp/model.old2/steps").exists()


def test_an_interrupted_training_whose_input_changed_starts_anew(recipe):
    (recipe.folder / "broken").touch()
    recipe(fails=True)
    (recipe.folder / "broken").unlink()
    (recipe.folder / "source.txt").write_text("other\n")
    recipe()
    assert (recipe.folder / "exp/model/steps").read_text() == "step\n"


def test_a_finished_stage_leaves_its_commands_as_a_script(recipe):
    recipe()
    script = recipe.folder / "exp/model/run.sh"
    subprocess.run(["bash", script], check=True, cwd="/")
    assert (recipe.folder / "exp/model/steps").read_text() == "step\nstep\n"


def test_every_stage_says_what_comes_next(recipe):
    first, last = recipe().split("== stage 4")
    assert "next: ./run.sh --stage model" in first
    assert "next:" not in last


def test_files_that_the_recipe_did_not_make_are_not_cleared(recipe):
    words = recipe.folder / "data/words"
    words.mkdir(parents=True)
    (words / "mine").touch()
    recipe()
    assert (words / "mine").exists()


def test_the_time_is_told(recipe):
    (recipe.folder / "slow").touch()
    told = re.search(r"done in (\d+) min (\d+) s", recipe("--stop-stage", "words"))
    assert told and 60 * int(told[1]) + int(told[2]) >= 1
