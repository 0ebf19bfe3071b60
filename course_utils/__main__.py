"""The command line: ``course lab`` opens your copies of the lectures, ``course update`` brings what is new,
``course doctor`` checks the environment.
"""

import argparse
import os
import sys

from course_utils import _checks, _files, doctor, workspace

HELP = {
    "doctor": "check Python, packages, sound files, folders, kernel, disk, browser and data",
    "lab": "open JupyterLab at your own copy of the first notebook; further options go to JupyterLab",
    "update": "fetch what is new and bring it into my/: beside a copy that you changed the new version is put, "
    "a copy without a change of yours is renewed",
}


def lab_options() -> list[str]:
    """JupyterLab for this machine only, behind its token, at the first notebook."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0  # the only user of many containers
    return [
        *(["--allow-root"] if is_root else []),
        f"--ServerApp.root_dir={doctor.ROOT}",
        f"--LabApp.default_url=/lab/tree/{workspace.FIRST}",
        "--ServerApp.ip=127.0.0.1",
        "--LabApp.extension_manager=readonly",
        "--Application.log_level=ERROR",  # the link is shown whatever the level
    ]


def ask_no_news() -> None:
    """Add the folder with the setting that JupyterLab neither offers news nor looks for updates."""
    folders = [str(doctor.ROOT / "tools" / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, folders))


def lab(options: list[str]) -> int:
    """Make the copies that are missing, and open JupyterLab."""
    _checks.installed("jupyterlab", "course lab", "lab")
    folders = doctor.check_folders()
    if folders.status == doctor.FAIL:
        raise workspace.WorkspaceError(f"{folders.message}: {folders.fix}")
    from jupyterlab.labapp import LabApp

    answered = [line for line in workspace.make_copies(doctor.ROOT) if not line.endswith(": new")]
    brings = f"`{doctor.course_line('update')}` brings what is new"
    print(*answered, f"Your copies are in {doctor.ROOT / 'my'}; {brings}.", sep="\n")
    ask_no_news()
    LabApp.launch_instance([*lab_options(), *options])
    return 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="course", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    parsers = {name: commands.add_parser(name, help=words, description=words) for name, words in HELP.items()}
    parsers["update"].add_argument(
        "--no-pull", action="store_true", help="bring what was fetched before, without the network"
    )
    chosen, rest = parser.parse_known_args(arguments)
    if chosen.command is None:
        lines = [f"  {doctor.course_line(name):<{len(doctor.course_line('doctor'))}}  {HELP[name]}" for name in HELP]
        parser.exit(2, "\n".join(["say what to do:", *lines, ""]))
    if rest and chosen.command != "lab":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if chosen.command == "doctor":
        report = doctor.check()
        print(report)
        return 0 if report.ok else 1
    try:
        if _files.INSTALLED:
            raise workspace.WorkspaceError(
                f"course {chosen.command} needs the lectures, which come with the repository, got the package alone in "
                f"{doctor.ROOT.parent}: clone the repository, then `make lab` there"
            )
        if chosen.command == "lab":
            return lab(rest)
        return 0 if workspace.update(doctor.ROOT, fetch=not chosen.no_pull) else 1
    except (workspace.WorkspaceError, _checks.NotInstalledError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
