"""Base articles in English, German, Russian and Arabic: invented people, places and figures."""

from __future__ import annotations


def paragraphs(*parts: str) -> str:
    return "\n\n".join(parts)


TERMINAL = paragraphs(
    "The grain terminal at Pellworth will stop loading ships for at least nine weeks after inspectors of the "
    "National "
    "Storage Safety Office (NSSO) found cracks in three of its 14 silos, the harbor authority said on Thursday.",
    "The cracks, the longest of them 4.2 meters, were discovered during a routine check on March 3. The NSSO ordered "
    "the terminal to empty the three silos by Sunday and to keep trucks at a distance of 60 meters until then.",
    "“A silo does not warn you twice,” said Marisa Kolbe, who heads the NSSO's team on the coast. “We have "
    "seen concrete "
    "that was poured in a hurry in 1988, and we have seen what forty harvests did to it. I would rather explain an "
    "empty pier to the farmers than a funeral to their families.”",
    "Pellworth handles about 1.9 million tons of wheat and barley a year, a fifth of the country's exports. With the "
    "spring rush a month away, cooperatives in the Hollin valley have begun to book space in Drayton and Ulm Haven, "
    "where storage costs 11 percent more.",
    "The operator, Barrow & Lind, said its insurers would decide by the end of the month whether the silos can be "
    "repaired or must come down. Its chief executive, Teodor Lind, rejected reports that the company had known "
    "of the "
    "damage since last autumn.",
    "“There was a photograph, and there was an email, and neither of them said what people now say they said,” "
    "he told "
    "shareholders. He put the cost of the closure at 27 million crowns and promised that none of the 340 "
    "workers would "
    "be laid off before June.",
    "Dockers were less certain. Ana Sorrel, who has run the night shift for 16 years, said that half of her crew had "
    "been asked to take unpaid leave. The union has called a meeting for Monday and wants the NSSO to publish "
    "its full "
    "report, including the measurements of the 11 silos that remain in use.",
    "The last time the terminal stood still was in 2009, when a conveyor fire closed it for 12 days. Two ships that "
    "were waiting in the roads, the Calliope and the Northern Wren, left on Thursday evening without cargo.",
)

WATER = paragraphs(
    "Families in the eastern districts of Lisk were told to boil their tap water on Saturday after a "
    "laboratory found "
    "fuel additives in two of the city's seven wells, in what the mayor called the worst failure of the network in "
    "his lifetime.",
    "The Regional Water Laboratory (RWL) measured concentrations of up to 38 micrograms a liter, almost four "
    "times the "
    "limit. Some 62,000 people drink from the two wells, which were shut at 5:30 a.m.",
    "“You cannot smell it and you cannot taste it, and that is exactly why we test,” said Hanne Wirsing, the "
    "director "
    "of the RWL. “On Wednesday the values were normal. On Friday night they were not. Something happened in "
    "those two "
    "days, and it did not happen in the ground.”",
    "Investigators are looking at a filling station in Quarry Road whose tank was replaced this week. Its "
    "tenant, Oleg "
    "Brandis, said that he had reported a smell to the owner on Tuesday and had been told to wait for the "
    "technicians.",
    "The city sent 18 tankers to schools and squares. At the corner of Mill Street people queued for 40 minutes with "
    "buckets and cooking pots, and a bakery gave away bread that it had baked with bottled water.",
    "Mayor Ruben Astley said pipes would be flushed until Tuesday at the earliest. He asked hospitals to postpone "
    "planned operations and offered a rebate of 50 crowns on the next bill, which the opposition dismissed as "
    "an insult.",
    "“I have a newborn at home and three liters left,” said Katrin Delgado, a nurse who lives above the river. "
    "“I don't "
    "need fifty crowns. I need somebody to tell me whether she drank it on Thursday.”",
    "Doctors at St. Alban's hospital have seen 27 patients with headaches and nausea, none of them in a serious "
    "condition. The RWL will publish new values twice a day.",
)

GERMAN = paragraphs(
    "Die Hängebrücke über die Wiesel bleibt nach dem Unfall vom Dienstag bis auf Weiteres gesperrt. Das teilte die "
    "Landesbauaufsichtsbehörde (LBAB) am Mittwoch in Tannenmoor mit. Bei dem Unfall war ein Tragseil gerissen, "
    "sieben "
    "Wanderer wurden verletzt, zwei von ihnen schwer.",
    "Nach Angaben der Behörde war die 210 Meter lange Fußgängerbrücke erst im April geprüft worden. Damals "
    "hatten die "
    "Sachverständigen Rostschäden an vier Seilklemmen vermerkt, eine Nutzungsbeschränkung aber nicht für nötig "
    "gehalten.",
    "„Wir haben das Prüfprotokoll noch in der Nacht beschlagnahmt und lassen jedes einzelne Seil im Werkstofflabor "
    "untersuchen“, sagte die leitende Ingenieurin Frauke Lüdemann. „Solange wir nicht wissen, warum gerade "
    "dieses Seil "
    "nachgab, betritt niemand die Brücke, auch kein Monteur.“",
    "Die Gemeinde rechnet mit Kosten von mindestens 1,6 Millionen Kronen. Bürgermeister Hinrich Paulsen "
    "kündigte einen "
    "Pendelverkehr mit Kleinbussen an, damit die Gasthöfe auf der Südseite nicht die gesamte Herbstsaison "
    "verlieren. Im "
    "vergangenen Jahr zählte das Fremdenverkehrsamt 84.000 Besucher.",
    "Der Wirt des Berggasthofs, Enno Thomsen, hatte die Verletzten als Erster erreicht. „Es gab einen Knall wie bei "
    "einem Steinschlag, dann hing die halbe Brücke schief“, sagte er. Mit Wäscheleinen und einer Leiter holte "
    "er drei "
    "Kinder vom Geländer.",
    "Die Brücke war 2014 als Teil eines Tourismusförderprogramms gebaut worden. Das Herstellerunternehmen hat "
    "weitere "
    "elf Brücken gleicher Bauart errichtet, sie sollen nun bis Monatsende außerplanmäßig kontrolliert werden.",
)

RUSSIAN = paragraphs(
    "Ледокольный паром «Мирный» снял во вторник с дрейфующей льдины 43 рыбаков, которых отнесло от берега у посёлка "
    "Верхняя Губа. Об этом сообщила Береговая служба спасения (БСС). Семь человек доставили в больницу с "
    "обморожениями.",
    "По данным спасателей, трещина шириной около трёхсот метров появилась в шестом часу утра, когда ветер "
    "сменился на "
    "южный. Рыбаки успели перетащить на прочный лёд две палатки и генератор и подавали сигналы фарами снегоходов.",
    "«Мы предупреждали, что лёд в этом году тоньше обычного на двадцать сантиметров, и закрыли выход ещё в "
    "пятницу, — "
    "сказал начальник БСС Глеб Сажин. — Люди обошли шлагбаум пешком, а теперь спрашивают, почему мы шли к ним четыре "
    "часа. Потому что винты не крутятся в ледяной каше».",
    "Капитан парома Иван Дорохов рассказал, что последние полтора километра судно шло задним ходом. Трёх "
    "человек подняли "
    "на борт с помощью грузовой сетки, остальных перевезли на двух лодках.",
    "Семидесятилетний рыбак Пётр Лыков провёл на льдине девять часов. «Замёрзли не сильно, больше испугались за "
    "снегоходы, — признался он. — Мой утонул на глазах, а я за него ещё не расплатился».",
    "Районные власти пообещали усилить охрану выходов на лёд и увеличить штраф до пяти тысяч крон. За зиму спасатели "
    "сняли со льдин 118 человек, в прошлом году их было 64. Метеорологи ожидают, что оттепель продержится до "
    "21 марта.",
)

ARABIC = paragraphs(
    "أعلنت هيئة المياه الساحلية (هـ م س) يوم الأربعاء إغلاق محطة التحلية في خليج الصدف لمدة ستة أسابيع على "
    "الأقل، بعدما أدى انهيار "
    "جدار قديم في قناة السحب إلى تلف أربع من المضخات الإحدى عشرة.",
    "وقال مهندس المحطة رائد الشويري إن الجدار الذي بني عام 1979 سقط عند الثالثة فجرا خلال عاصفة بلغ ارتفاع "
    "أمواجها أربعة أمتار. "
    "ولم يصب أحد من العمال الخمسة والعشرين الذين كانوا في النوبة الليلية.",
    "وأضاف: «سمعنا صوتا يشبه انفجارا بعيدا، ثم رأينا الرمل يدخل إلى الأحواض. أوقفنا المضخات بأيدينا لأن "
    "الكهرباء انقطعت قبل أن "
    "يصل الإنذار إلى غرفة التحكم، ولو تأخرنا عشر دقائق أخرى لخسرنا المحطة كلها».",
    "وتزود المحطة نحو 310 آلاف شخص في المدينة وضواحيها بمياه الشرب. وقالت البلدية إنها استأجرت 54 صهريجا وخفضت "
    "ضغط الشبكة ليلا، "
    "وطلبت من الفنادق والمغاسل تقليص استهلاكها إلى النصف حتى نهاية الشهر.",
    "وأمام المسجد القديم في حي الصيادين وقفت سلمى البحري مع أطفالها الثلاثة في طابور امتد إلى السوق. وقالت: "
    "«نملأ الأواني في الصباح "
    "ونحسب كل كوب حتى المساء. قالوا لنا يومين، ثم قالوا أسبوعين، والآن لا يقولون شيئا».",
    "وقدرت الهيئة كلفة الإصلاح بنحو 17 مليون كرون، على أن يبدأ العمل فور هدوء البحر. وكان تقرير هندسي صدر قبل "
    "ثلاثة أعوام قد أوصى "
    "بتدعيم الجدار، لكن المشروع أجل مرتين بسبب نقص التمويل. ومن المقرر أن يناقش المجلس المحلي التقرير يوم الأحد.",
)

ACCIDENT = (
    "At least {dead} people were killed and {hurt} injured when a coach overturned on a mountain road near {place}, "
    "the rescue service said. The driver lost control of the coach on a sharp bend after heavy rain, the head of the "
    "road police told reporters, and crews worked through the night to free passengers from the wreck. The injured "
    "were taken to hospitals in the province. Accidents are common on this road, where the police blame speeding, "
    "worn tires and poor maintenance."
)
"""A form: what happens, with other facts each time."""

BILLS = (
    "The treasury of Norhavn bought bills on Tuesday to relieve a shortage on the money market of the capital. It "
    "bought {} mln crowns of bills in band one, {} mln crowns of bills in band two, {} mln crowns of bills in band "
    "three, {} mln crowns of bills in band four and {} mln crowns of bills in band five. Dealers said that banks "
    "had waited for it since the close of business on Monday, when wages and taxes fell due. The treasury said that "
    "it would look at the market again at noon, and help those that asked for it."
)
"""A form of which one phrase comes again with each figure."""

BILLS_RU = (
    "Казначейство Нордхавна во вторник выкупало векселя, чтобы сгладить нехватку денег на столичном рынке. Оно "
    "купило бумаги на {} млн крон в первой группе, бумаги на {} млн крон во второй группе, бумаги на {} млн крон в "
    "третьей группе, бумаги на {} млн крон в четвёртой группе и бумаги на {} млн крон в пятой группе. По словам "
    "торговцев, банки ждали этого с вечера понедельника, когда пришёл срок выплаты зарплат и налогов. Ведомство "
    "обещало к полудню снова оценить положение и помочь тем, кто об этом попросит."
)

ACCIDENT_AR = (
    "لقي {dead} أشخاص على الأقل حتفهم وأصيب {hurt} آخرون عندما انقلبت حافلة على طريق جبلي قرب {place}، "
    "بحسب هيئة الإنقاذ. وقال رئيس شرطة المرور إن "
    "السائق فقد السيطرة على الحافلة عند منعطف حاد بعد أمطار غزيرة، وعملت الفرق طوال الليل "
    "لإخراج الركاب من الحطام. ونقل المصابون إلى مستشفيات المحافظة. وتكثر الحوادث على هذا الطريق حيث تلقي الشرطة "
    "باللوم على السرعة والإطارات البالية وسوء الصيانة."
)
