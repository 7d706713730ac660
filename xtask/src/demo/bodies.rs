//! Bodies of every message type. Their files do not exist, because the demo does not open them.

use serde_json::{Value, json};

/// Creates a type and a body.
type Make = fn(usize) -> (&'static str, Value);

/// The type and the body of the `n`th message that is not a short text.
pub(super) fn other(n: usize) -> (&'static str, Value) {
    let all: [Make; 12] = [
        picture,
        voice,
        place,
        file,
        emoji,
        combined,
        film,
        custom,
        tall_picture,
        command,
        markup,
        long_text,
    ];
    all[n % all.len()](n)
}

fn stored(n: usize, filename: &str, length: usize) -> Value {
    json!({
        "url": format!("https://files.example/{n}/{filename}"), "secret": "sample",
        "filename": filename, "file_length": length,
    })
}

fn with(mut base: Value, more: Value) -> Value {
    if let (Some(base), Value::Object(more)) = (base.as_object_mut(), more) {
        base.extend(more);
    }
    base
}

fn picture(n: usize) -> (&'static str, Value) {
    let name = ["harbour at dawn.jpg", "山顶.jpg", "whiteboard.png", "القهوة.jpg"][n / 12 % 4];
    ("img", with(stored(n, name, 182_400 + n * 977), json!({ "size": { "width": 1600, "height": 900 } })))
}

fn tall_picture(n: usize) -> (&'static str, Value) {
    ("img", with(stored(n, "ticket.png", 74_210 + n), json!({ "size": { "width": 900, "height": 1350 } })))
}

fn voice(n: usize) -> (&'static str, Value) {
    ("audio", with(stored(n, "voice.amr", 9_600 + n * 31), json!({ "length": 3 + n % 50 })))
}

fn film(n: usize) -> (&'static str, Value) {
    let more = json!({
        "length": 12 + n % 90,
        "thumb": format!("https://files.example/{n}/still.jpg"), "thumb_secret": "sample",
    });
    ("video", with(stored(n, "tram ride.mp4", 6_482_000 + n * 1_013), more))
}

fn file(n: usize) -> (&'static str, Value) {
    let (name, length) = [
        ("budget 2026.xlsx", 48_112),
        ("会议纪要.docx", 22_870),
        ("route.gpx", 310_552),
        ("contract (signed) final-2.pdf", 1_204_331),
    ][n / 12 % 4];
    ("file", stored(n, name, length))
}

fn place(n: usize) -> (&'static str, Value) {
    let (name, address, lat, lng) = [
        ("Oslo S", "Jernbanetorget 1, Oslo", 59.911, 10.7528),
        ("外滩", "上海市黄浦区中山东一路", 31.2400, 121.4900),
        ("", "Passeig de Gràcia 43, Barcelona", 41.3917, 2.1649),
        ("برج خليفة", "1 Sheikh Mohammed bin Rashid Blvd, Dubai", 25.1972, 55.2744),
    ][n / 12 % 4];
    ("loc", json!({ "addr": address, "lat": lat, "lng": lng, "buildingName": name }))
}

fn command(_: usize) -> (&'static str, Value) {
    ("cmd", json!({ "action": "refresh_album" }))
}

fn custom(n: usize) -> (&'static str, Value) {
    let exts = json!({ "order": format!("A-{}", 1_000 + n), "items": "2", "state": "on its way 🚚" });
    ("custom", json!({ "customEvent": "parcel", "customExts": exts }))
}

fn combined(n: usize) -> (&'static str, Value) {
    let more = json!({
        "title": "Carol and Bob", "summary": "Carol: The ferry leaves at nine.\nBob: I will be there at half past eight.\nCarol: 👍",
        "combineLevel": 1, "msg": "[Forwarded messages]",
    });
    ("combine", with(stored(n, "combined", 2_048), more))
}

fn emoji(n: usize) -> (&'static str, Value) {
    let all = ["🎉🎉🎉", "👨‍👩‍👧‍👦❤️", "🚀", "😂😂", "🇳🇴🏔️☕"];
    ("txt", json!({ "msg": all[n / 12 % all.len()] }))
}

/// A text that looks like markup; the page must show it as text.
fn markup(_: usize) -> (&'static str, Value) {
    (
        "txt",
        json!({ "msg": "<b>bold?</b> <img src=x onerror=alert(1)> <script>alert(2)</script> &amp; {{7*7}}" }),
    )
}

fn long_text(_: usize) -> (&'static str, Value) {
    let lines = [
        "Here is the list, as promised:",
        "",
        "1. Trains: the early one is full, the next one leaves at 9:42 from platform 4.",
        "2. Rooms: two doubles and one single, breakfast is part of it.",
        "3. What to bring: rain jackets, the small stove, and somebody who can read a map without a network.",
        "4. https://example.com/a/very/long/address/that/has/to/break/somewhere/because/it/does/not/fit?and=it&goes=on&and=on&without=a-space",
        "",
        "Tell me what is missing, and I will add it tonight.",
    ];
    ("txt", json!({ "msg": lines.join("\n") }))
}
