"""What is said in data/sentences/: everyday words, sentences by hand, and a small grammar that makes more of them.

Every slot of a pattern is filled from a list that fits it, so that each sentence is one that somebody might say. The
same seed gives the same sentences. ``python data/sentence_texts.py`` prints them.
"""

import random
import re
import sys
from pathlib import Path

SEED = 15
N_MADE = {"train": 470, "valid": 60, "test": 80}  # sentences that the grammar makes for each split
MOST_WORDS = 8

BY_HAND = """
Good morning, how are you?
I am fine, thank you.
What time is it now?
The sun is very bright today.
Could you close the window, please?
It is getting dark outside.
My name is on the list.
Nobody was at home last night.
Where did you put my keys?
They are under the kitchen table.
She has never seen the sea.
We should leave before it rains.
He said that he was tired.
The bus was late again.
How much does this shirt cost?
That is too much money for me.
I forgot my umbrella at the office.
Turn left at the next corner.
The station is not far from here.
You can see the mountain from there.
Do you want to come with us?
I would love to, but I can't.
Her brother works in a bank.
Our dog is afraid of cats.
It was the best day of summer.
The milk in the kitchen is sour.
Please speak a little more slowly.
I don't understand this question.
Let me think about it first.
Nothing is easier than this.
He opened the door without a sound.
The children are playing in the garden.
We have to be quiet now.
Someone is knocking at the door.
This road goes to the river.
I have two sisters and one brother.
She knows the answer already.
The price of bread went up again.
They built this house long ago.
Everyone laughed at the old story.
What is your favorite color?
My favorite color is green.
The water was cold but clear.
He lost his hat in the wind.
I will call you after dinner.
Don't wait for me tonight.
The light is still on upstairs.
She wrote her name on the wall.
We never talk about the war.
This tea is much too sweet.
You look very happy today.
The shop closes at six o'clock.
Is this seat free?
Thank you for the nice evening.
I think we are lost.
The map is in the car.
There is a hole in my shoe.
Winter was long and very cold.
His office is on the third floor.
Which of these books is yours?
Both of them are mine.
The train leaves at 7:30.
It costs $2.50.
My grandmother is 90 years old.
There are 7 days in a week.
We live at number 12.
Half of the class was sick.
He drove 50 miles to work.
The film begins at 8:15.
She was born in 1984.
Chapter 3 is the longest one.
The first bus comes at six.
I ran five miles this morning.
Summer begins in June here.
School starts again in September.
They got married on May 3rd.
Snow fell all night long.
A red car stopped in front of us.
The old man sat by the fire.
All the leaves have turned yellow.
He was too young to remember.
Maybe they will come on Sunday.
The moon is full tonight.
Take a warm coat with you.
I hear music from next door.
Who left the gate open?
The baby finally fell asleep.
We were hungry after the long walk.
The road was wet and dark.
She smiled and said nothing.
Keep your hands on the wheel.
Both doors were locked.
He told me the truth.
It is warm enough to swim.
They want to buy a bigger house.
You must not smoke in here.
I can't find the other shoe.
The clock in the hall is slow.
We had eggs and bread for breakfast.
My feet are cold and wet.
The letter came this morning.
""".strip().splitlines()

# Sentences of the test set that the grammar would not make, of words that are all in other texts.
NEW_BY_HAND = """
The old clock stopped at twelve.
She told the truth in a letter.
My wife is afraid of the dark.
How long was the film?
He never drinks coffee at work.
The baby smiled at the moon.
Could you speak to the nurse?
Nobody was on the island.
There is snow on the mountain.
I forgot what she said.
The war was long and cold.
We left the car at the airport.
Is the gate closed at night?
The wind closed the heavy door.
Everyone was happy with the price.
What is the name of this street?
Our house is behind the station.
Take the first road to the left.
I don't like fish in my soup.
They were married for ten years.
""".strip().splitlines()

# Sentences of the test set in which at least one word is in no other text.
NEW_WORDS = """
A penguin cannot fly.
The violin was out of tune.
We sailed across the harbor.
Her uncle grows tomatoes.
The castle stands on a cliff.
He sells carpets and lamps.
An elephant never forgets.
The pilot landed in thick fog.
My cousin studies chemistry.
The wizard lost his magic wand.
Pour some vinegar over the salad.
The judge read the verdict.
Lightning struck the tower.
A spider crawled up the curtain.
The sculptor polished the marble.
Camels can cross the desert.
The soldier saluted the captain.
Mushrooms grow in damp places.
The orchestra played a waltz.
Rust had eaten the anchor.
""".strip().splitlines()

# ------------------------------------------------------------------------------------ lists of what fits

PEOPLE = ["my sister", "my brother", "my father", "my mother", "our teacher", "the doctor", "her friend", "his wife"]
PEOPLE += ["the old man", "the young woman", "our neighbor", "the girl", "the boy", "her husband", "my daughter"]
PEOPLE += ["their son", "my aunt", "the nurse"]
ANYONE = [*PEOPLE, "we", "they", "I", "she", "he"]
OFTEN = ["every morning", "every day", "on Sunday", "in the evening", "after work", "on Monday", "before dinner"]
OFTEN += ["at night", "on Friday", "after school", "in the afternoon"]
PAST = ["yesterday", "last night", "last week", "this morning", "on Saturday", "two days ago", "a week ago"]
SOON = ["tomorrow", "tonight", "next week", "on Friday", "soon", "this weekend", "after lunch"]
HABITS = {  # base form, with s, past: what one does often, with what
    ("read", "reads", "read"): ["a book", "the paper", "a long letter", "a story"],
    ("write", "writes", "wrote"): ["a letter", "a short story", "a list"],
    ("drink", "drinks", "drank"): ["a cup of tea", "some coffee", "a glass of milk", "cold water"],
    ("cook", "cooks", "cooked"): ["dinner", "soup", "some rice", "fish"],
    ("wash", "washes", "washed"): ["the car", "the dishes", "the windows"],
    ("play", "plays", "played"): ["the piano", "a game", "football", "the guitar"],
    ("clean", "cleans", "cleaned"): ["the kitchen", "the house", "the floor"],
    ("feed", "feeds", "fed"): ["the cat", "the birds", "the dog", "the horses"],
    ("buy", "buys", "bought"): ["some bread", "fresh fruit", "a newspaper", "two apples"],
    ("walk", "walks", "walked"): ["the dog", "to the park", "to school", "along the river"],
    ("visit", "visits", "visited"): ["a friend", "the museum", "the market"],
    ("sing", "sings", "sang"): ["a song", "an old song"],
    ("watch", "watches", "watched"): ["a movie", "the news"],
    ("bake", "bakes", "baked"): ["a cake", "fresh bread", "an apple pie"],
    ("learn", "learns", "learned"): ["a new word", "a new song"],
}
ONCE = {
    ("paint", "paints", "painted"): ["the fence", "a picture", "the door"],
    ("fix", "fixes", "fixed"): ["the bike", "the old radio", "the roof"],
    ("call", "calls", "called"): ["the office", "a friend", "the doctor"],
    ("carry", "carries", "carried"): ["the heavy box", "the bags", "some wood"],
    ("open", "opens", "opened"): ["the window", "the shop", "the gate"],
}
THINGS = ["keys", "glasses", "shoes", "books", "plates", "letters", "flowers", "tickets", "apples", "socks"]
THING = ["book", "phone", "hat", "cup", "bag", "coat", "ball", "camera", "pen", "knife", "map", "box", "newspaper"]
PLACES = ["on the table", "under the bed", "in the kitchen", "behind the door", "on the chair", "in the drawer"]
PLACES += ["next to the lamp", "on the floor", "in the car", "near the window", "on the shelf", "in my room"]
QUALITIES = {
    "soup": ["too hot", "still warm", "very good", "a little salty"],
    "water": ["too cold", "very deep", "clean and clear"],
    "house": ["old and small", "almost empty", "very big", "for sale"],
    "weather": ["nice today", "getting better", "awful this week"],
    "road": ["very long", "narrow and wet", "full of snow"],
    "room": ["too dark", "cold and empty", "full of people"],
    "cake": ["almost ready", "much too sweet", "for you"],
    "train": ["late again", "very fast", "full today"],
    "door": ["not locked", "still open", "painted blue"],
    "bread": ["still warm", "hard and dry", "from the market"],
    "garden": ["full of flowers", "green and quiet"],
    "story": ["too long", "not true", "very sad"],
    "coat": ["too small", "old and dirty", "made of wool"],
    "street": ["quiet at night", "closed today", "wide and busy"],
}
ANIMALS = ["dog", "cat", "horse", "bird", "fox", "rabbit", "sheep", "mouse"]
ANIMAL_DID = ["slept by the fire", "ran across the field", "hid behind a tree", "drank from the river"]
ANIMAL_DID += ["sat on the grass", "looked at us", "waited at the gate", "ate the bread", "came into the garden"]
NUMBERS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "twenty"]
MANY = {"birds": ["sat on the roof", "flew over the lake", "sang in the trees"]}
MANY |= {"children": ["played in the snow", "ran down the hill", "waited for the bus", "sang in the park"]}
MANY |= {"people": ["stood in line", "waited at the station", "came to the party", "got off the train"]}
MANY |= {"cars": ["stopped at the light", "stood in the street", "drove past us"]}
MANY |= {"boats": ["lay on the beach", "crossed the lake", "left the island"]}
TOWN = ["the park", "the market", "the beach", "the library", "the station", "the lake", "the city", "the hospital"]
TOWN += ["the bank", "the church", "the theater", "the airport"]
OUT = [*TOWN[:4], "the lake", "the theater"]
WENT = ["walked", "drove", "went", "took a bus"]
FOOD = ["bread", "cheese", "soup", "rice", "fruit", "salad", "chocolate", "ice cream", "orange juice", "coffee", "tea"]
WEATHER = ["rain", "snow", "be cold", "be warm", "be windy", "be sunny", "be cloudy"]
FEELING = ["tired", "happy", "hungry", "angry", "sick", "sad", "busy", "thirsty", "nervous"]
COLORS = ["red", "blue", "green", "white", "black", "yellow", "brown", "gray"]
COLORED = ["dress", "shirt", "jacket", "hat", "car", "bike", "coat", "sweater"]


def _doing(pick, form, actions):
    forms = pick(list(actions))
    return f"{forms[form]} {pick(actions[forms])}"


def _patterns(pick):
    """How often each is drawn, and what it makes."""
    actions, (subject, qualities) = HABITS | ONCE, pick(list(QUALITIES.items()))
    many, did = pick(list(MANY.items()))
    thing, things, owner = pick(THING), pick(THINGS), pick(["the", "my", "your"])
    color, colored = pick(COLORS), pick(COLORED)
    where = pick([f"is my {thing}", f"are the {things}", f"did you buy this {thing}"])
    return [
        (8, f"{pick(PEOPLE)} {_doing(pick, 1, HABITS)} {pick(OFTEN)}."),
        (7, f"{pick(ANYONE)} {_doing(pick, 2, actions)} {pick(PAST)}."),
        (6, f"{pick(ANYONE)} will {_doing(pick, 0, actions)} {pick(SOON)}."),
        (4, f"{owner} {things} are {pick(PLACES)}."),
        (4, f"{owner} {thing} is {pick(PLACES)}."),
        (5, f"the {subject} {pick(['is', 'was'])} {pick(qualities)}."),
        (2, f"the {color} {colored} would look nice."),
        (2, f"I {pick(['like', 'need', 'want'])} {pick(['your', 'this', 'that'])} {color} {colored}."),
        (4, f"the {pick(['black', 'white', 'brown', 'little', 'old', 'big'])} {pick(ANIMALS)} {pick(ANIMAL_DID)}."),
        (4, f"{pick(NUMBERS)} {many} {pick(did)}."),
        (4, f"{pick(ANYONE)} {pick(WENT)} to {pick(TOWN)} {pick(PAST)}."),
        (2, f"let's go to {pick(OUT)} {pick(SOON)}."),
        (1, f"would you like some {pick(FOOD)}?"),
        (1, f"{pick(['we', 'they'])} had {pick(FOOD[:6])} and {pick(FOOD[8:])} for lunch."),
        (2, f"it will {pick(WEATHER)} {pick(SOON)}."),
        (3, f"{pick(PEOPLE)} {pick(['is', 'was', 'looks'])} {pick(FEELING)} today."),
        (3, f"can you {_doing(pick, 0, actions)} {pick(['for me', 'now', 'tomorrow'])}?"),
        (2, f"please don't {_doing(pick, 0, actions)} {pick(['now', 'tonight', 'today'])}."),
        (3, f"where {where}?"),
    ]


def _made(rng, taken, n):
    """So many sentences that are not taken yet, of 3 to 8 words."""
    found = []
    while len(found) < n:
        patterns = _patterns(rng.choice)
        text = rng.choices([text for _, text in patterns], [weight for weight, _ in patterns])[0]
        text = text[0].upper() + text[1:]
        if text not in taken and 3 <= len(text.split()) <= MOST_WORDS:
            taken.add(text)
            found.append(text)
    return found


def texts():
    """(split, kind, written) of everything that is said: words, sentences by hand and by the grammar, new words."""
    rng, taken = random.Random(SEED), {*BY_HAND, *NEW_BY_HAND}
    made = {split: _made(rng, taken, n) for split, n in N_MADE.items()}
    rows = [("train", "hand", text) for text in BY_HAND] + [("train", "grammar", text) for text in made["train"]]
    known = {word for _, _, text in rows for word in words_of(text)}
    pairs = {pair for _, _, text in rows for pair in pairs_of(text)}
    rows += [("train", "word", word) for word in sorted(known)]
    for split, texts_of_split in [("valid", made["valid"]), ("test", [*made["test"], *NEW_BY_HAND])]:
        for text in texts_of_split:
            if set(words_of(text)) <= known:
                rows.append((split, "new order" if set(pairs_of(text)) <= pairs else "new pair", text))
    return rows + [("test", "new word", text) for text in NEW_WORDS]


def words_of(written):
    """The words that are said, in their order."""
    return re.findall(r"[a-z']+", normalize(written).replace("-", " "))


def pairs_of(written):
    """The words that are said one after the other."""
    words = words_of(written)
    return list(zip(words, words[1:], strict=False))


sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from course_utils.text import normalize  # noqa: E402

if __name__ == "__main__":
    for row in texts():
        print(*row, sep=",")
