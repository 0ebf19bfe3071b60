"""The exercises and questions of the course; ``course_utils.practice`` checks and asks them.

One exercise is one file, ``<topic>/<exercise>.py``, and its path is its name: "dft/idft". The questions of a topic are
``<topic>/questions.md``, proved in ``tests/questions/<topic>.py``.
"""

from ..practice.catalogue import Catalogue

# In the order of the lectures, without their numbers, which stand in the names of the notebooks only.
TOPICS = (
    "start_here",
    "sound",
    "sampling",
    "dft",
    "stft",
    "filters",
    "mel",
    "mfcc",
    "gammatone",
    "descriptors",
    "augmentation",
    "classification",
    "sequence_models",
    "ctc",
    "attention_asr",
    "text_to_speech",
    "music_generation",
)
CATALOGUE = Catalogue(__name__, TOPICS)

topic_of = CATALOGUE.topic_of
describe = CATALOGUE.describe
exercises = CATALOGUE.exercises
questions = CATALOGUE.questions
find = CATALOGUE.find
