"""People, from everywhere, and their groups."""

from entities import Group, User

#        login            name                       e-mail name        zone
PEOPLE = (
    ("demo", "Dana Moreau", "demo", "Europe/Paris"),
    ("reader", "Rhys O'Connor", "reader", "Europe/Dublin"),
    ("ekaterina", "Екатерина Волкова", "ekaterina.volkova", "Europe/Sofia"),
    ("liwei", "李伟", "wei.li", "Asia/Shanghai"),
    ("fatima", "فاطمة الزهراء", "fatima.alzahra", "Africa/Casablanca"),
    ("jose", "José Ángel Muñoz", "jose.munoz", "Europe/Madrid"),
    ("zofia", "Żofia Wiśniewska", "zofia.wisniewska", "Europe/Warsaw"),
    ("bjorn", "Bjørn Sætre", "bjorn.saetre", "Europe/Oslo"),
    ("priya", "Priya Raghunathan", "priya.raghunathan", "Asia/Kolkata"),
    ("yuki", "佐藤 由紀", "yuki.sato", "Asia/Tokyo"),
    ("amara", "Amara Okafor", "amara.okafor", "Africa/Lagos"),
    ("tom", "Tom Whitfield", "tom.whitfield", "Europe/London"),
    ("nguyen", "Nguyễn Thị Hạnh", "hanh.nguyen", "Asia/Ho_Chi_Minh"),
    ("giulia", "Giulia D'Angelo", "giulia.dangelo", "Europe/Rome"),
)
LEFT = ("marcus", "Marcus Adler", "marcus.adler", "Europe/Berlin")
APP = ("deploy-bot", "Deploy Bot", "deploy-bot", "UTC")
ADMINISTRATORS = ("demo",)
READERS = ("reader",)
# Old accounts have a bare id, new ones a site number before it: ids may contain a colon.
ACCOUNTS = ("5b10a2844c20165700ede2{:02d}", "557058:7c1d2e3f-0a4b-4c5d-8e6f-0123456789{:02d}")


def add(store):
    for number, person in enumerate((*PEOPLE, LEFT, APP)):
        store.users.append(_user(number, person))
    everyone = [user for user in store.users if user.active and user.account_type == "atlassian"]
    administrators = [user for user in everyone if user.admin]
    for number, (name, members) in enumerate((
            ("jira-administrators", administrators), ("jira-software-users", everyone),
            ("developers", everyone[2:10]), ("Équipe support", everyone[10:]))):
        store.groups.append(Group(f"276f955c-63d7-42c8-9520-92d01dca06{number:02d}", name, members))


def _user(number, person):
    login, name, email, zone = person
    return User(account=ACCOUNTS[number % 2].format(number), login=login, name=name, email=f"{email}@example.com",
                key=f"JIRAUSER{10100 + number}", active=person is not LEFT,
                account_type="app" if person is APP else "atlassian", time_zone=zone,
                writes=login not in READERS, admin=login in ADMINISTRATORS)


def add_bulk(store, count):
    """Many people, quickly: colleague-1 and so on."""
    for number in range(1, count + 1):
        store.users.append(User(account=f"712020:{number:032x}", login=f"colleague-{number}", name=f"Colleague {number}",
                                email=f"colleague-{number}@example.com", key=f"JIRAUSER{20000 + number}"))


def assignable(store):
    return [user for user in store.users if user.active and user.writes and user.account_type == "atlassian"]
