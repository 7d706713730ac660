//! The texts of messages, in several languages.

use super::random::Random;

/// A language of the sample data.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Arabic,
    Chinese,
    English,
    German,
    Hebrew,
    Hindi,
    Japanese,
    Korean,
    Portuguese,
    Spanish,
    Ukrainian,
}

/// A text message.
pub(super) fn text(language: Option<Language>, random: &mut Random) -> String {
    let language = language.unwrap_or(Language::English);
    let phrase = random.one_of(phrases(language)).copied().unwrap_or_default();
    if language == Language::English && random.below(3) == 0 {
        // There are thousands of English messages, too many for the phrases alone.
        let pick = |random: &mut Random, all: &'static [&'static str]| {
            random.one_of(all).copied().unwrap_or_default()
        };
        let (who, what, when) = (pick(random, WHO), pick(random, WHAT), pick(random, WHEN));
        return format!("{who} {what} {when}");
    }
    phrase.to_owned()
}

const WHO: &[&str] = &[
    "The new build",
    "That page",
    "Our server in the cupboard",
    "The release",
    "The ferry",
    "My sister",
    "The neighbour's dog",
    "The whole team",
    "The night train",
    "Somebody from the office",
];
const WHAT: &[&str] = &[
    "was faster than I thought",
    "is late again",
    "needs another look",
    "made it after all",
    "has been moved",
    "looks much better now",
    "lost its second page",
    "ran out of disk",
    "said hello to you",
    "is on the map",
];
const WHEN: &[&str] = &[
    "this morning.",
    "since yesterday.",
    "- tell me more later.",
    "as of five minutes ago 🙂",
    "for the third time!",
    "and nobody knows why.",
    "before lunch.",
    "so we can go on.",
    "if I read it right.",
    "while I was away.",
];

fn phrases(language: Language) -> &'static [&'static str] {
    match language {
        Language::English => ENGLISH,
        Language::Chinese => CHINESE,
        Language::Arabic => ARABIC,
        Language::Spanish => SPANISH,
        Language::Japanese => JAPANESE,
        Language::Hindi => HINDI,
        Language::German => GERMAN,
        Language::Hebrew => HEBREW,
        Language::Korean => KOREAN,
        Language::Portuguese => PORTUGUESE,
        Language::Ukrainian => UKRAINIAN,
    }
}

const ENGLISH: &[&str] = &[
    "Good morning!",
    "Did you see the pictures from yesterday?",
    "On my way, ten minutes.",
    "Could you send me the file again? I cannot find it.",
    "Sure 👍",
    "I am on the train, the network comes and goes.",
    "That works for me.",
    "Let me check and come back to you.",
    "Thanks a lot!",
    "What time do we meet?",
    "Half past six, at the usual place.",
    "I would rather stay in tonight, it has been a long week.",
    "Have you tried turning it off and on again?",
    "😂",
    "Just landed.",
    "The meeting is over, it took twice as long as planned, and we still have not decided anything.",
    "ok",
    "Please remind me tomorrow.",
    "I removed the old messages on my phone, are they gone on your laptop too?",
    "Yes, gone.",
    "See you on Friday!",
];

const CHINESE: &[&str] = &[
    "早上好！",
    "今天的会议改到下午三点了。",
    "好的，收到。",
    "照片拍得真好看 📷",
    "我在地铁上，信号不太好。",
    "晚上一起吃饭吗？",
    "可以，老地方见。",
    "文件我已经发给你了，你看一下。",
    "辛苦了！",
    "等我一下，马上到。",
    "周末去爬山怎么样？听说山上的枫叶都红了，正是好看的时候。",
    "哈哈哈哈",
    "没问题 👌",
    "换了新手机，之前的聊天记录都还在，太方便了。",
    "明天见！",
];

const ARABIC: &[&str] = &[
    "صباح الخير!",
    "كيف حالك اليوم؟",
    "أنا بخير، الحمد لله.",
    "هل وصلك الملف report.pdf؟",
    "نعم، وصل. شكرا جزيلا 🌹",
    "سأتأخر عشر دقائق، الطريق مزدحم.",
    "لا بأس، أنا في الانتظار.",
    "متى موعد الاجتماع؟",
    "الساعة 3:30 بعد الظهر في القاعة رقم 2.",
    "تمام 👍",
    "الصور التي أرسلتها أمس جميلة جدا، أين التقطتها؟",
    "إلى اللقاء غدا إن شاء الله.",
];

const SPANISH: &[&str] = &[
    "¡Buenos días!",
    "¿Qué tal el viaje?",
    "Muy bien, aunque el tren llegó con retraso.",
    "¿Quedamos mañana a las ocho?",
    "Vale, en la plaza de siempre.",
    "Te mando las fotos esta noche.",
    "¡Qué bonito! 😍",
    "No te preocupes.",
    "¿Puedes mirar el documento cuando tengas un rato?",
    "Jajaja",
    "Un abrazo",
    "Llego en cinco minutos, estoy buscando dónde aparcar.",
];

const JAPANESE: &[&str] = &[
    "おはようございます！",
    "昨日の写真、見ましたか？",
    "はい、とてもきれいでした。",
    "電車が少し遅れています🚃",
    "了解です。",
    "資料を送りますので、ご確認ください。",
    "お疲れさまでした。",
    "週末、一緒にご飯でもどうですか？",
    "いいですね！楽しみにしています。",
    "ありがとうございます🙇",
    "新しいパソコンでも前のメッセージが全部読めるので助かります。",
];

const HINDI: &[&str] = &[
    "सुप्रभात!",
    "आप कैसे हैं?",
    "मैं ठीक हूँ, धन्यवाद।",
    "क्या फ़ाइल मिल गई?",
    "हाँ, अभी देखता हूँ।",
    "बैठक शाम पाँच बजे है।",
    "ठीक है 👍",
    "ट्रेन में नेटवर्क नहीं आ रहा, थोड़ी देर में बात करते हैं।",
    "बहुत बढ़िया!",
    "कल मिलते हैं।",
];

const GERMAN: &[&str] = &[
    "Guten Morgen!",
    "Kommst du heute Abend mit?",
    "Gerne, ich bringe noch jemanden mit.",
    "Der Zug hat mal wieder Verspätung 🙄",
    "Macht nichts, wir warten.",
    "Hast du die Geschwindigkeitsbegrenzungsschilder gesehen?",
    "Ich schaue es mir gleich an.",
    "Passt!",
    "Bis später.",
    "Danke für die Fotos, die sind wirklich schön geworden.",
];

const HEBREW: &[&str] = &[
    "בוקר טוב!",
    "מה שלומך?",
    "הכול בסדר, תודה.",
    "אפשר לשלוח לי שוב את הקובץ plan.pdf?",
    "כבר שולח 🙂",
    "ניפגש בשמונה בתחנה.",
    "סבבה",
    "להתראות מחר",
];

const KOREAN: &[&str] = &[
    "좋은 아침이에요!",
    "어제 보낸 사진 봤어요?",
    "네, 정말 예뻐요 😊",
    "지금 가는 중이에요.",
    "회의는 세 시에 시작해요.",
    "알겠습니다.",
    "주말에 등산 갈까요?",
    "좋아요! 내일 봐요.",
];

const PORTUGUESE: &[&str] = &[
    "Bom dia!",
    "Tudo bem por aí?",
    "Tudo ótimo, e contigo?",
    "Vou mandar as fotos da praia mais tarde 🏖️",
    "Combinado!",
    "O ônibus atrasou, chego em quinze minutos.",
    "Sem problema.",
    "Até amanhã!",
];

const UKRAINIAN: &[&str] = &[
    "Доброго ранку!",
    "Як справи?",
    "Усе добре, дякую.",
    "Файл надішлю ввечері.",
    "Гаразд, чекаю.",
    "Потяг прибуває о дев'ятій.",
    "Чудово! 🎉",
    "До зустрічі!",
];
