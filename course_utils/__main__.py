"""The command line: ``course doctor`` checks the environment, ``course lab`` opens the lectures."""

import argparse
import os
import sys

from course_utils import doctor

FIRST_NOTEBOOK = "notebooks/00_start_here.ipynb"


def lab_options() -> list[str]:
    """JupyterLab for this machine only, behind its token, at the first notebook."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0  # the only user of many containers
    return [
        *(["--allow-root"] if is_root else []),
        f"--ServerApp.root_dir={doctor.ROOT}",
        f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}",
        "--ServerApp.ip=127.0.0.1",
        "--LabApp.extension_manager=readonly",
    ]


def ask_no_news() -> None:
    """Add the folder with the setting that JupyterLab neither offers news nor looks for updates."""
    folders = [str(doctor.ROOT / "tools" / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, folders))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="course", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("doctor", help="check Python, packages, sound files, kernel, disk, browser and data")
    commands.add_parser("lab", help="open JupyterLab at the first notebook; further options go to JupyterLab")
    chosen, rest = parser.parse_known_args(arguments)
    if chosen.command == "lab":
        from jupyterlab.labapp import LabApp

        ask_no_news()
        LabApp.launch_instance([*lab_options(), *rest])
        return 0
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    report = doctor.check()
    print(report)
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
