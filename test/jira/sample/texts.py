"""What the issues say: patterns with `{gaps}`, and what fills them."""

GAPS = {
    "host": ("db-primary-02", "edge-fra-1", "build-runner-7", "mail-gw-01", "kafka-broker-3", "nfs-archive"),
    "service": ("billing", "inventory", "the image resizer", "session store", "invoice mailer", "the stock importer"),
    "alert": ("disk almost full", "replication lag", "certificate expires soon", "queue not draining", "high load"),
    "page": ("the basket", "the product page", "order history", "the address book", "gift cards", "wish lists"),
    "browser": ("Safari 18", "Firefox ESR", "Chrome on Android", "Edge", "an old iPad"),
    "market": ("Japan", "Norway", "Brazil", "Switzerland", "Canada", "Poland"),
    "payment": ("Klarna", "PayPal", "Apple Pay", "Twint", "SEPA direct debit", "invoice"),
    "device": ("Pixel 8", "Galaxy S23", "iPhone 13 mini", "Fairphone 5", "iPhone 16 Pro", "Xiaomi 14"),
    "screen": ("the start screen", "the scanner", "settings", "the map", "notifications", "the login screen"),
    "team": ("the warehouse in Łódź", "customer support", "the Osaka office", "finance", "the marketing team",
             "São Paulo"),
    "document": ("the travel policy", "the handbook", "the parental leave form", "the contract template"),
    "count": ("3", "12", "40", "150", "1,200"),
    "minutes": ("5", "15", "20", "45", "90"),
}
EPICS = {
    "OPS": ("Move to PostgreSQL 18", "Second data centre in Frankfurt", "On-call that lets people sleep",
            "Backups we have restored from", "One way to deploy"),
    "WEB": ("Checkout in one step", "Search that finds things", "Prices for business customers",
            "Shop in right-to-left languages", "Faster product pages", "Gift cards"),
    "MOB": ("Works without a network", "Dark mode everywhere", "New scanner", "Fewer crashes"),
    "HR": ("First week done right", "Travel without paper"),
}
STORIES = {
    "OPS": ("As on-call engineer I see why {host} woke me",
            "As a developer I can restore {service} to a point in time",
            "As a developer I can see the logs of {service} within a minute",
            "As a team lead I know what {service} costs a month"),
    "WEB": ("As a customer I can pay with {payment} in {market}",
            "As a customer I can undo what I removed from {page}",
            "As a customer I see on {page} when it will arrive",
            "As a shop manager I can schedule prices for {market}",
            "As a customer I can share {page} with someone 🎁",
            "As a guest I keep what I put into {page} when I sign in"),
    "MOB": ("As a user I can use {screen} without a network",
            "As a user I can choose what I get notified about",
            "As a user I can make the text of {screen} larger",
            "As a user I can sign in with a passkey on {device}"),
    "HR": ("As a new colleague I find my first week in one place",
           "As a manager I can see who of {team} is away",
           "As a traveller I can send receipts from my phone"),
}
BUGS = {
    "OPS": ("Alert \"{alert}\" on {host} fires every {minutes} minutes", "{service} leaks connections after a failover",
            "Nightly backup of {host} takes longer than the night", "{host} reboots after the kernel update",
            "Log shipping from {host} stops without a word", "DNS answers for {service} are {minutes} minutes old"),
    "WEB": ("Total on {page} is off by a cent with {payment}", "{page} is blank in {browser}",
            "Umlauts in names break {page}: \"Müller\" becomes \"MÃ¼ller\"", "Discount is applied twice in {market}",
            "{payment} orders stay in \"pending\" when the window is closed", "Back button on {page} loses the filter",
            "Search for \"c++\" finds {count} socks", "Time zone of delivery dates is wrong for {market}"),
    "MOB": ("Crash on {device} when {screen} is rotated", "{screen} drains the battery on {device}",
            "Push messages arrive {minutes} minutes late on {device}", "Text is cut off on {screen} in German",
            "{screen} shows yesterday's data after waking up", "Keyboard covers the button on {screen}"),
    "HR": ("Link to {document} leads nowhere", "Payslips show the wrong month for {team}"),
}
TASKS = {
    "OPS": ("Renew the certificate of {host}", "Replace the failed disk in {host}", "Patch {host}",
            "Give {team} access to the dashboards", "Write down how to move {service}",
            "Retire {host}", "Raise the limits of {service} before the sale", "Test restoring {service}"),
    "WEB": ("Update the {payment} library", "Remove the old code behind {page}", "Measure how fast {page} is",
            "Translate {page} for {market}", "Load test with {count} customers at once",
            "Add {market} to the tax table"),
    "MOB": ("Update the build to the new Android SDK", "Take new store pictures on {device}",
            "Ask {team} to try the beta", "Remove unused permissions", "Measure the cold start on {device}"),
    "HR": ("Update {document}", "Order laptops for {team}", "Book rooms for {team}", "Translate {document}",
           "Arrange the winter party for {team} 🎉"),
}
SUBTASKS = ("Write the tests", "Update the documentation", "Ask {team} for the numbers", "Put it behind a switch",
            "Migrate what is there", "Review with {team}", "Roll out to {market} first")
CONTEXTS = (
    "Reported by {team} on Monday; since then {count} more cases.",
    "This came up in the review with {team}.",
    "We saw this first on {host}, later elsewhere too.",
    "It has been like this for a while, but with the sale coming it starts to hurt.",
    "{team} works around it by hand, which takes about {minutes} minutes each time.",
    "Found while looking at something else.",
    "A customer in {market} wrote to us about it, politely, twice.",
)
BUG_STEPS = (
    "Steps:\n1. Open {page}\n2. Wait {minutes} minutes\n3. Reload\n\nExpected: the same as before.\nSeen: an error, "
    "\"Something went wrong (code {count})\".",
    "Happens on {device} and in {browser}, not elsewhere. It does not depend on the account.",
    "The log says:\n{{code}}timeout after {minutes}000 ms waiting for {host}{{code}}\nand nothing after that.",
    "It happens about once in {count} times. Restarting {service} helps for a day.",
)
PLANS = (
    "Proposal: start with {market}, look at the numbers for two weeks, then the rest.",
    "Not part of this: anything about {page}; that has its own issue.",
    "Please talk to {team} before touching {service}.",
    "Done when the dashboard has been green for {count} hours.",
    "See [the notes|https://wiki.example.com/notes/{count}] for how we got here.",
)
ACCEPTANCE = (
    "Works in {browser} and on {device}.", "{team} has tried it and is content.",
    "Nothing gets slower: {page} still answers within a second.", "Texts exist for {market}.",
    "There is a switch to turn it off.",
)
COMMENTS = (
    "I can reproduce this on {device}.", "Looking into it.", "Fixed on the branch, waiting for review.",
    "Is this still happening? I cannot see it since the last release.",
    "Talked to {team}: they can live with it until next week.",
    "The cause is in {service}: it retries without waiting.\n\nI will add a limit.",
    "Deployed to staging.", "Deployed. Thanks, everyone!", "Let's not do this before the sale.",
    "+1 from {team}", "谢谢,这样可以了。", "Спасибо, теперь работает.", "¿Puedes mirar {host} también?",
    "Reopened: {market} still shows the old text.", "Numbers attached: {count} before, {minutes} after.",
)
LABELS = ("customer", "regression", "quick-win", "security", "performance", "needs-design", "on-call", "i18n",
          "tech-debt", "good-first-issue", "sale-2026", "größe-xl")
ENVIRONMENTS = ("production, {host}", "staging", "{browser}, signed in", "{device}, app 1.9.0")
