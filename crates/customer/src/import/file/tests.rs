use super::*;

fn rows(file: impl AsRef<[u8]>) -> Vec<(i32, String, String, String)> {
    let read = read(file.as_ref()).unwrap_or_else(|problem| panic!("{problem}"));
    let cells = |row: FileRow| (row.line, row.email, row.telegram_handle, row.customer_type);
    read.rows.into_iter().map(cells).collect()
}

fn problem(file: impl AsRef<[u8]>) -> FileProblem {
    read(file.as_ref()).err().unwrap()
}

#[test]
fn a_file_is_read_however_its_cells_are_parted_and_its_columns_are_called() {
    let expected = [
        (2, "a@example.com", "@anna", "Individual"),
        (4, "b@example.com", "", "Bank"),
    ]
    .map(|(line, email, handle, of)| (line, email.into(), handle.into(), of.into()));
    for file in [
        "email,telegram,customer type\na@example.com,@anna,Individual\n\nb@example.com,,Bank\n",
        "\u{feff}E-Mail;Customer Type;Telegram ID\r\na@example.com;Individual;'@anna\r\n\r\nb@example.com;Bank\r\n",
        "customer_type\tName\tEMAIL ADDRESS\ttelegram_handle\nIndividual\tAnna\ta@example.com\t@anna\n\t\t\t\nBank\t\"B, C\"\tb@example.com\t",
        "\"Email, the\",mail,type,telegram\nx,\"a@example.com\",Individual, @anna \n,,,\ny,b@example.com,Bank,",
    ] {
        assert_eq!(rows(file), expected, "{file}");
    }
    let excel = "sep=;\nemail;type\na@example.com;Bank";
    assert_eq!(rows(excel)[0].0, 3);
    let read = read(b"email,Name,type,,Phone\na@example.com,Anna,Bank,,1").ok();
    assert_eq!(read.unwrap().unused, ["Name", "Phone"]);
}

#[test]
fn what_can_not_be_read_is_said() {
    use FileProblem::{
        ColumnMissing, ColumnTwice, Empty, NoRows, NotUtf8, Spreadsheet, TooLarge, TooManyRows,
    };
    assert_eq!(problem(""), Empty);
    assert_eq!(problem("\u{feff} \n"), Empty);
    assert_eq!(problem("email,type\n"), NoRows);
    assert_eq!(problem("email,type\n,\n"), NoRows);
    assert_eq!(problem(b"PK\x03\x04rest"), Spreadsheet);
    assert_eq!(
        problem(b"email,type\nm\xfcller@example.com,Bank"),
        NotUtf8 { line: 2 }
    );
    assert_eq!(problem(b"\xff\xfee\0m\0"), NotUtf8 { line: 1 });
    assert_eq!(problem("mail,E-mail,type\na,b,c"), ColumnTwice("email"));
    let missing = problem("Name;Type\nAnna;Bank");
    assert_eq!(
        missing,
        ColumnMissing {
            wanted: "email",
            found: "Name, Type".to_owned()
        }
    );
    assert!(
        missing.to_string().contains("It has: Name, Type."),
        "{missing}"
    );
    assert!(matches!(
        problem("email\na@example.com"),
        ColumnMissing {
            wanted: "customer type",
            ..
        }
    ));
    assert_eq!(problem(vec![b'a'; BYTES_AT_MOST + 1]), TooLarge);
    let many = |rows: usize| format!("email,type\n{}", "a@example.com,Bank\n".repeat(rows));
    assert_eq!(problem(many(ROWS_AT_MOST + 1)), TooManyRows);
    assert_eq!(rows(many(ROWS_AT_MOST)).len(), ROWS_AT_MOST);
}
