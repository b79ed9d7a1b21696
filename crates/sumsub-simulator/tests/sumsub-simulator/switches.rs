use serde_json::{Value, json};

use crate::stage::Stage;

#[tokio::test]
async fn switches_are_set_by_form_and_by_json_and_outlive_a_restart() {
    let mut stage = Stage::new().await;
    let switches = async |stage: &Stage| {
        stage
            .http
            .get(stage.url("/switches"))
            .send()
            .await
            .unwrap()
            .json::<Value>()
            .await
            .unwrap()
    };
    let off = json!({"twice": false, "lateSeconds": 0, "shuffled": false, "dropped": false, "sandbox": false, "wrongSignature": false,
        "algorithm": "HMAC_SHA256_HEX", "restFailure": "none", "restCalls": 0, "retryAfterSeconds": 1});
    assert_eq!(switches(&stage).await, off);
    let form = [
        ("twice", "on"),
        ("late_seconds", "7"),
        ("wrong_signature", "on"),
        ("algorithm", "HMAC_SHA512_HEX"),
        ("rest_failure", "tooMany"),
        ("rest_calls", "3"),
        ("retry_after_seconds", "9"),
    ];
    let answer = stage
        .http
        .post(stage.url("/switches"))
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.headers()["location"].to_str().unwrap()
        ),
        (303, "/sumsub")
    );
    stage.restart().await;
    let set = json!({"twice": true, "lateSeconds": 7, "shuffled": false, "dropped": false, "sandbox": false, "wrongSignature": true,
        "algorithm": "HMAC_SHA512_HEX", "restFailure": "tooMany", "restCalls": 3, "retryAfterSeconds": 9});
    assert_eq!(switches(&stage).await, set);
    let home = stage.page(stage.url("")).await;
    for part in [
        r#"name="twice" value="on" checked"#,
        r#"value="7""#,
        r#"value="HMAC_SHA512_HEX" selected"#,
        r#"value="tooMany" selected"#,
        "The next 3 REST calls fail",
    ] {
        assert!(home.contains(part), "{part}");
    }
    for wrong in [
        ("late_seconds", "3601"),
        ("late_seconds", "-1"),
        ("late_seconds", "soon"),
        ("rest_calls", "1001"),
        ("retry_after_seconds", "x"),
        ("algorithm", "HMAC_MD5_HEX"),
        ("rest_failure", "fire"),
    ] {
        let answer = stage
            .http
            .post(stage.url("/switches"))
            .form(&[wrong])
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 422, "{wrong:?}");
    }
    for wrong in [
        json!({"lateSeconds": 3601}),
        json!({"twise": true}),
        json!({"restCalls": -1}),
        json!({"restFailure": "fire"}),
        json!({"algorithm": "HMAC_MD5_HEX"}),
    ] {
        let answer = stage
            .http
            .put(stage.url("/switches"))
            .json(&wrong)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 422, "{wrong}");
    }
    assert_eq!(switches(&stage).await, set);
    stage.switch(json!({})).await;
    assert_eq!(switches(&stage).await, off);
}

#[tokio::test]
async fn each_algorithm_is_named_and_signs_rightly() {
    let stage = Stage::new().await;
    let link = stage.link("p").await;
    stage.http.get(link.clone()).send().await.unwrap();
    stage.exactly(1).await;
    let names = ["HMAC_SHA512_HEX", "HMAC_SHA1_HEX", "HMAC_SHA256_HEX"];
    for name in names {
        stage.switch(json!({"algorithm": name})).await;
        stage.press(&link, "submit", &[]).await;
    }
    let received = stage.exactly(4).await;
    for (received, name) in received[1..].iter().zip(names) {
        assert_eq!(
            (received.algorithm.as_str(), received.signed),
            (name, Ok(()))
        );
    }
    let listed = stage.listed().await;
    assert_eq!(listed[2]["algorithm"], "HMAC_SHA1_HEX");
    stage.send_again(&listed[2]["id"]).await;
    let again = stage.exactly(5).await.pop().unwrap();
    assert_eq!(
        (again.algorithm.as_str(), again.signed),
        ("HMAC_SHA256_HEX", Ok(())),
        "by hand with the algorithm of now"
    );
}
