"""Train the weights that lectures load and no other section of the results makes, into assets/checkpoints.

    make checkpoints

Each run is resumed where it was killed; what is done is kept in build/results. One thread a training.
"""

from tools.results import encoder, vocoder
from tools.results.jobs import place_of, run_all, ship

RUNS = {
    "classification/encoder": (encoder.pretrained_run, (0,)),
    "tts/vocoder": (vocoder.vocoder_run, vocoder.LONG),
}


def main() -> None:
    for name, (function, job) in RUNS.items():
        run_all(function, [job])
        ship(place_of(function, job), name)
        print(f"{name}: trained")


if __name__ == "__main__":
    main()
