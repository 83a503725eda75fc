"""Names, subjects and phrases of the sandbox's people."""

ASKERS = (
    "Mira", "Jonas", "Aylin", "Pavel", "Inês", "Tomás", "Leyla", "Grace", "Hugo", "Noor", "Emre", "Sofia", "Viktor",
    "Hana", "Oskar",
)  # fmt: skip
"""People who speak to bots."""

TALKERS = ("Selin", "Marek", "Chloe", "Deniz", "Rafael", "Yuki", "Elif", "Anton", "Bianca", "Kerem")
"""People who talk among themselves."""

SUBJECTS = (
    "the new package mirror", "rolling releases", "mechanical keyboards", "offline maps", "static site generators",
    "home servers", "battery health", "the weekly build", "translation bugs", "old laptops", "backup habits",
    "e-ink readers", "night trains", "sourdough timing", "cold brew", "city bikes", "window managers",
    "release notes", "code review etiquette", "monorepos", "type checkers", "flaky tests", "printer drivers",
    "community radio", "weather stations", "balcony tomatoes", "solar chargers", "paper notebooks",
    "file system snapshots", "container images", "text editors", "long meetings", "open maps", "camera firmware",
    "board games", "swimming before work", "map projections", "public libraries", "podcast archives", "trail shoes",
    "rental prices", "remote work", "kernel updates", "spam filters", "the station café", "museum passes",
    "second-hand phones", "language courses", "ferry timetables", "chess openings",
)  # fmt: skip

QUESTIONS = (
    "what do you think about {subject}?", "any opinion on {subject}?", "where do you stand on {subject}?",
    "how would you explain {subject} to a beginner?", "what is the first thing to check with {subject}?",
    "is {subject} worth the trouble?", "what changed your mind about {subject}?",
    "what would you improve about {subject}?", "do you follow {subject} at all?", "what is overrated about {subject}?",
    "can you sum up {subject} in a line?", "who should care about {subject}?", "why does {subject} keep coming up?",
    "what is the catch with {subject}?", "which part of {subject} do people get wrong?",
    "how did {subject} look to you this week?", "what would you compare {subject} with?",
    "is there a simple rule for {subject}?", "when would you stay away from {subject}?",
    "what should I read on {subject}?", "would you start with {subject} today?", "does {subject} matter here?",
    "how much time would you give {subject}?", "what is the best argument against {subject}?",
)  # fmt: skip

REMARKS = (
    "I tried {subject} yesterday and it did not go well.", "I think you were too harsh on {subject}.",
    "tell us something about {subject}.", "I keep mixing things up with {subject}, help me out.",
    "my sister says {subject} is the future, convince me.", "give me one reason to like {subject}.",
    "we argued about {subject} at lunch, what is your side?", "I finally understood {subject}, I believe.",
    "explain your view of {subject} once more, please.", "I would like your take on {subject}.",
    "somebody here praised {subject}, do you agree?", "I have an hour for {subject}, where should it go?",
)  # fmt: skip

SMALL_TALK = (
    "Spent the morning on {subject} again.", "Has anyone seen the news on {subject}?",
    "I never expected to enjoy {subject} this much.", "Quiet day here, only {subject} on my list.",
    "A friend swears by {subject}, I am not sure.", "The thread on {subject} last week was good.",
    "Somebody should write a guide to {subject}.", "I gave up on {subject} for now.",
    "Two hours of {subject} and I need a walk.", "What a week for {subject}.",
    "My notes on {subject} are a mess.", "There is a talk about {subject} on Thursday.",
    "Can we talk about {subject} for a moment?", "I changed how I deal with {subject}, small win.",
    "The more I read on {subject}, the less I know.", "Funny how {subject} splits opinions.",
    "I found a good page about {subject}.", "Anyone else stuck with {subject}?",
    "It rained all day, so {subject} it was.", "Still thinking about {subject} from yesterday.",
    "Nobody told me that {subject} takes so long.", "Happy to trade tips on {subject}.",
    "At work they finally agreed on {subject}.", "I owe you all a summary of {subject}.",
)  # fmt: skip

ENDINGS = (
    "No hurry.", "Asking for a friend.", "Short answer is fine.", "I am on the train, so take your time.",
    "It came up at dinner.", "We could not settle it.", "Serious question.", "Just curious.",
    "Back in ten minutes.", "That has been on my mind all week.",
)  # fmt: skip
