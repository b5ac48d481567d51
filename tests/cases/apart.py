"""Look-alikes: however much they share, they are not one story."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from cases.case import ALL_SCRIPTS, BASES, DAY, SCRIPTS, Case, at_outlet, renumbered
from cases.texts import ACCIDENT, ACCIDENT_AR, BILLS, BILLS_RU, paragraphs
from storycluster.models import Article
from storycluster.testing import FORMS, LOOKALIKES

OWN_REPORT = paragraphs(
    "Before dawn the conveyor belts fell silent, and for once you could hear gulls over Pellworth. By noon, "
    "everybody in "
    "the harbor bars knew why.",
    "“A silo does not warn you twice,” Marisa Kolbe told a crowded room above the customs hall. “We have seen "
    "concrete "
    "that was poured in a hurry in 1988, and we have seen what forty harvests did to it. I would rather explain an "
    "empty pier to the farmers than a funeral to their families.”",
    "Nobody clapped. A tractor dealer from Upper Hollin asked who would pay for the diesel if he had to drive to "
    "Drayton and back, and got no reply.",
    "Teodor Lind, whose grandfather built the first wooden elevator here, arrived late and left by the kitchen door. "
    "“There was a photograph, and there was an email, and neither of them said what people now say they said,” "
    "he had "
    "assured his shareholders an hour earlier.",
    "On the quay, a deckhand of the Calliope was playing cards against himself. His captain means to try "
    "another port "
    "down the coast; the cook has already bought fish for the trip.",
)

OWN_REPORT_RU = paragraphs(
    "В посёлке Верхняя Губа весь вторник не закрывали столовую: женщины варили уху и ждали новостей с моря.",
    "«Мы предупреждали, что лёд в этом году тоньше обычного на двадцать сантиметров, и закрыли выход ещё в "
    "пятницу, — "
    "повторял на пристани Глеб Сажин. — Люди обошли шлагбаум пешком, а теперь спрашивают, почему мы шли к ним четыре "
    "часа. Потому что винты не крутятся в ледяной каше».",
    "Учительница Нина Ершова увидела огни из окна класса и первой позвонила дежурному. Её муж вернулся к вечеру без "
    "удочек, но с чужой собакой под курткой.",
    "Старики вспоминают, как в шестьдесят восьмом льдину вынесло к маяку и рыбаки три дня жгли на ней ящики. "
    "Теперь на "
    "маяке никто не живёт, а дорогу к нему занесло.",
)

OWN_REPORT_AR = paragraphs(
    "في المقهى المطل على خليج الصدف لم يتحدث الصيادون صباح الخميس إلا عن ليلة العاصفة، فيما كانت الجرافات تنقل "
    "الحجارة من الشاطئ.",
    "واستعاد رائد الشويري أمام الحاضرين ما جرى فقال: «سمعنا صوتا يشبه انفجارا بعيدا، ثم رأينا الرمل يدخل إلى "
    "الأحواض. أوقفنا المضخات "
    "بأيدينا لأن الكهرباء انقطعت قبل أن يصل الإنذار إلى غرفة التحكم، ولو تأخرنا عشر دقائق أخرى لخسرنا المحطة كلها».",
    "أما بائع السمك العجوز منير فلم يقتنع، فهو يذكر يوم حذر والده البنائين من التيار قبل نصف قرن. وعلق ضاحكا "
    "وهو يرش الثلج على "
    "بضاعته إن البحر يأخذ دائما ما أعاره.",
    "وعند الظهر أغلقت المدرسة أبوابها باكرا لأن خزانها فرغ، وعاد التلاميذ يحملون دفاترهم وقوارير فارغة ملؤوها "
    "من بيت الجيران.",
)

OWN_REPORT_ZH = paragraphs(
    "天还没亮，县第二中学的体育馆里已经摆满了行军床，孩子们抱着书包睡着了，老人围着收音机听消息。",
    "“裂缝的位置正好在去年加固过的地段上方，这说明问题不在混凝土，而在山体本身，”梁志远在馆外的台阶上说，“在弄清"
    "楚地下水从哪里来之前，"
    "我们不会让任何人进洞，也不会给出恢复发电的日期。”",
    "食堂的何师傅凌晨四点起来熬粥，到中午一共盛出了九百碗。他的家就在山脚，院墙塌了一角，鸡跑得一只不剩。",
    "镇上的摩托车队自发往返接人，带头的小伙子说，最难的是劝外婆们放下咸菜缸。傍晚雨停了一阵，有人爬上屋顶，看见"
    "下游的桥还在。",
)

OTHER_NEWS = {
    "en": (
        "Two dredgers collided in fog at the mouth of Pellworth harbor on Tuesday, and a deckhand of nineteen "
        "was pulled from the water with a broken wrist. Tugs needed the whole afternoon to free the channel, "
        "while passengers of the island ferry watched from the mole.",
        "Voters in Pellworth have thrown out their mayor after twelve years. Lotte Ranfield, a pharmacist who "
        "had never held office, won 58 percent on Sunday with a promise to reopen the swimming baths and to "
        "halve the fee for market stalls.",
    ),
    "de": (
        "In Tannenmoor hat am Samstag das erste Freilichtkino der Region eröffnet. Mehr als sechshundert "
        "Zuschauer brachten Decken und Klappstühle mit, und weil der Regen erst nach dem Abspann kam, soll "
        "die Leinwand bis Ende September stehen bleiben.",
        "Die Feuerwehr hat in der Nacht einen Brand im Sägewerk Ottens gelöscht. Ein Nachtwächter konnte sich "
        "durch ein Fenster retten, die Halle mit den Hobelmaschinen brannte aus, und die Polizei sucht nach "
        "einem Lieferwagen ohne Kennzeichen.",
    ),
    "ru": (
        "В Верхней Губе открыли новую школу на двести учеников. Первого сентября ленточку перерезала самая "
        "старая учительница района, а старшеклассники показали гостям мастерскую, где будут чинить лодочные "
        "моторы и собирать метеозонды.",
        "Депутат Игорь Паншин сложил полномочия после проверки, которая нашла в его декларации незаписанный "
        "катер и дом на другом берегу залива. Выборы назначены на ноябрь, и своих кандидатов уже назвали две "
        "партии и союз рыболовецких артелей.",
    ),
    "ar": (
        "احتفل نادي خليج الصدف لكرة اليد مساء السبت بأول لقب في تاريخه، بعدما تغلب على ضيفه بفارق هدف وحيد "
        "سجله حارس المرمى من منتصف الملعب قبل صافرة النهاية بثوان، وسط هتاف آلاف المشجعين.",
        "قضت محكمة الاستئناف ببراءة تاجر العقارات نبيل الدوري من تهمة تزوير سندات ملكية، ورأت أن الخبير الذي "
        "استند إليه الادعاء لم يفحص سوى نسخ مصورة، فيما أعلن محاموه عزمهم طلب تعويض كبير.",
    ),
    "zh": (
        "青湖县图书馆新馆星期六开门迎客，第一天就有三千多人排队办证，孩子们在童书区的旋转楼梯上坐了一整个下午。",
        "县法院判决一名古董商赔偿买家，理由是他把上世纪仿制的花瓶当成清代瓷器卖出，鉴定书上的签名也是伪造的。",
    ),
}
"""Openings of two articles on other events of one place."""

OWN_REPORTS = {"en": OWN_REPORT, "ru": OWN_REPORT_RU, "ar": OWN_REPORT_AR, "zh": OWN_REPORT_ZH}


def own_reports() -> Iterator[Case]:
    """Hand-written reports of one's own that share the base article's long quotation."""
    for language, text in OWN_REPORTS.items():
        base = BASES[language]
        own = at_outlet(replace(base, text=text, title=""), 9)
        yield Case(f"own-report-{language}", (base, own), "apart", "own reports quoting one statement", language)


def other_news() -> Iterator[Case]:
    """Two events of one place, with the same paragraphs on what was in the news there before: no quotation, no form."""
    for language, openings in OTHER_NEWS.items():
        base = BASES[language]
        background = [part for part in base.text.split("\n\n")[1:] if not set(part) & set('“„«"')]
        articles = tuple(
            at_outlet(
                replace(base, text=paragraphs(opening, *background[: 2 if language in ("en", "zh") else 3]), title=""),
                i,
            )
            for i, opening in enumerate(openings, start=1)
        )
        yield Case(f"other-news-{language}", articles, "apart", "other news over one background", language)


def lookalikes() -> Iterator[Case]:
    notes = {
        "briefing": "same headline every day",
        "package": "12th and 13th package sharing background",
        "statement": "own reports quoting one statement",
        "about": "shared 'About the company'",
        "digest": "a digest that holds two stories whole",
        "short": "empty, one-word, three-word texts",
        "year_later": "the same text a year later",
    }
    for name in (*FORMS, *notes):
        for language in SCRIPTS:
            lookalike = LOOKALIKES[name]
            if lookalike.available(language):
                family = lookalike(seed=6, language=language, n=2 if name == "digest" else 3)
                note = notes.get(name, "a form with other facts")
                yield Case(f"{name}-{language}", renumbered(family.articles, language), "apart", note, language)


def many_pages() -> Iterator[Case]:
    """Two or three of them could as well be one article at several addresses: it is the number that gives them away."""
    for language in SCRIPTS:
        for count in (40, 136):
            family = LOOKALIKES["page"](seed=8, language=language, n=count)
            articles = renumbered(family.articles, language)
            note = f"{count} times the same paywall, cookie or error text"
            yield Case(f"page-{count}-{language}", articles, "apart", note, language)


def accidents() -> Iterator[Case]:
    """Another accident told in the words of the last one: every number is another one, and so is the place."""
    for language, form, places in (("en", ACCIDENT, ("Orlen", "Vastrup")), ("ar", ACCIDENT_AR, ("الزهراء", "المروج"))):
        facts = zip((5, 9), (23, 17), places, strict=True)
        texts = [form.format(dead=dead, hurt=hurt, place=place) for dead, hurt, place in facts]
        articles = (
            Article(f"{language}-1", texts[0], "Coach overturns", "Outlet 1", published=DAY),
            Article(f"{language}-2", texts[1], "Coach overturns", "Outlet 2", published=DAY + timedelta(hours=30)),
        )
        yield Case(f"accident-{language}", articles, "apart", "one wording of two accidents", language)


def bills() -> Iterator[Case]:
    """A form whose figures follow one phrase again and again: of two outlets, and of one outlet days apart."""
    for language, form in (("en", BILLS), ("ru", BILLS_RU)):
        texts = [form.format(*((37 * day + 13 * k) % 90 + 10 for k in range(5))) for day in range(2)]
        for who, outlets, days in (("two outlets", ("Outlet 1", "Outlet 2"), 0), ("one outlet", ("Outlet 1",) * 2, 4)):
            articles = tuple(
                Article(f"{language}-{n}", text, "Bills bought", outlets[n], published=DAY + timedelta(days=n * days))
                for n, text in enumerate(texts)
            )
            name = f"bills-{who.replace(' ', '-')}-{language}"
            yield Case(name, articles, "apart", "one phrase with other figures each time", language)


def digests() -> Iterator[Case]:
    """Two hand-written stories, each with a copy, and a digest of both: two stories, and the digest is neither."""
    first, second = BASES["en"], BASES["en2"]
    whole = paragraphs("In this edition:", first.title, first.text, second.title, second.text)
    digest = Article("digest", whole, "Week in review", "Outlet 5", published=DAY + timedelta(hours=20))
    articles = (first, at_outlet(first, 1), second, at_outlet(second, 2), digest)
    apart = ((first.id, second.id), (first.id, digest.id), (second.id, digest.id))
    yield Case("digest-with-copies-en", articles, "apart", "a digest must not bridge", "en", apart)


def reprints() -> Iterator[Case]:
    for language in ALL_SCRIPTS:
        base = BASES[language]
        again = replace(base, id=f"{language}-again", published=DAY.replace(year=DAY.year + 1))
        yield Case(f"reprint-{language}", (base, again), "apart", "the same text a year later", language)


def strangers() -> Iterator[Case]:
    """All base articles at once: nothing is alike but the subject of being news."""
    yield Case("strangers", tuple(BASES.values()), "apart", "unrelated articles", "all")


APART: list[Case] = [
    *own_reports(),
    *other_news(),
    *lookalikes(),
    *many_pages(),
    *accidents(),
    *bills(),
    *digests(),
    *reprints(),
    *strangers(),
]
