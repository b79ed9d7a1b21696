//! What operators do with imports: upload a file, look at it, start the import, take its result along.

use access::{AuditAction, AuditObject, ObjectKind, Permission, Subject};
use kernel::Error;

use super::{
    FileProblem, Import, ImportRow, ImportRows, ROWS_AT_MOST, RowsAsked, check, file, rows, view,
};
use crate::{field, onboarding::Onboarding};

impl Onboarding {
    /// Reads a file and keeps its rows with what can become of each; nothing is created yet. Answers the import's number.
    ///
    /// # Errors
    /// [`Error::Invalid`] with why the file can't be read.
    pub async fn upload_import(
        &self,
        subject: &Subject,
        file_name: &str,
        bytes: &[u8],
    ) -> Result<i64, Error> {
        let (may, action) = (
            Permission::CustomerCreate,
            AuditAction::ProspectImportUpload,
        );
        let object = ObjectKind::ProspectImport.yet_to_be_made();
        self.access()
            .authorize(subject, may, action, object)
            .await?;
        let read = file::read(bytes).map_err(wrong_file)?;
        let verdicts = check::check(&read.rows);
        let import = rows::store(&self.pool, subject, file_name, &read, &verdicts).await?;
        tracing::info!(
            import,
            rows = read.rows.len(),
            "a file of prospects was uploaded"
        );
        Ok(import)
    }

    /// Creates what can be created of an import, in the background; with the verification link to each, if it is asked for. The same
    /// again does nothing.
    ///
    /// # Errors
    /// [`Error::Refused`] when nothing of it can be created, or its rows are erased; also when the subject may create prospects and not
    /// send links.
    pub async fn start_import(
        &self,
        subject: &Subject,
        import: i64,
        sends_link: bool,
    ) -> Result<(), Error> {
        let object = ObjectKind::ProspectImport.number(import);
        let action = AuditAction::ProspectImportStart;
        let access = self.access();
        access
            .authorize(subject, Permission::CustomerCreate, action, object)
            .await?;
        if sends_link {
            access
                .permit(subject, Permission::CustomerUpdate, action, object)
                .await?;
        }
        match rows::start(&self.pool, import, subject, sends_link).await? {
            Some(0) => Err(Error::refused("There is nothing in this file to create.")),
            Some(queued) => {
                tracing::info!(import, queued, "an import of prospects was started");
                Ok(())
            }
            None => {
                let found = self.find_import(import).await?;
                if found.started_at.is_none() {
                    return Err(Error::refused(
                        "The rows of this file are not kept any more: upload it again.",
                    ));
                }
                Ok(())
            }
        }
    }

    /// One import, and how far it is.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none of this number.
    pub async fn import(&self, subject: &Subject, import: i64) -> Result<Import, Error> {
        self.may_read(subject, AuditAction::ProspectImportRead)
            .await?;
        self.find_import(import).await
    }

    async fn find_import(&self, import: i64) -> Result<Import, Error> {
        let found = view::imports(&self.pool, Some(import), None, 1).await?;
        found.into_iter().next().ok_or(Error::NO_RECORD)
    }

    /// Rows of an import.
    ///
    /// # Errors
    /// When the subject may not see them, or the database does not answer.
    pub async fn import_rows(
        &self,
        subject: &Subject,
        import: i64,
        asked: RowsAsked,
    ) -> Result<ImportRows, Error> {
        let object = ObjectKind::ProspectImport.number(import);
        let look = self
            .look(subject, AuditAction::ProspectImportRead, object)
            .await?;
        let found = view::rows(&self.pool, import, asked).await?;
        let people = found.rows.iter().filter_map(|row| row.prospect.as_ref());
        let people = people.map(|prospect| ObjectKind::Prospect.id(prospect.id));
        let seen: Vec<AuditObject> = std::iter::once(object).chain(people).collect();
        look.at(seen).await?;
        Ok(found)
    }

    /// All rows of an import, for who takes them along.
    ///
    /// # Errors
    /// When the subject may not, or the database does not answer.
    pub async fn import_result(
        &self,
        subject: &Subject,
        import: i64,
    ) -> Result<Vec<ImportRow>, Error> {
        let (may, action) = (
            Permission::CustomerRead,
            AuditAction::ProspectImportDownload,
        );
        let object = ObjectKind::ProspectImport.number(import);
        self.access()
            .authorize(subject, may, action, object)
            .await?;
        self.find_import(import).await?;
        let asked = RowsAsked {
            outcome: None,
            after: 0,
            first: ROWS_AT_MOST,
        };
        Ok(view::rows(&self.pool, import, asked).await?.rows)
    }

    /// The newest imports before one, so many at most.
    ///
    /// # Errors
    /// When the subject may not see them, or the database does not answer.
    pub async fn imports(
        &self,
        subject: &Subject,
        before: Option<i64>,
        first: usize,
    ) -> Result<Vec<Import>, Error> {
        self.may_read(subject, AuditAction::ProspectImportList)
            .await?;
        let first = i64::try_from(first).unwrap_or(i64::MAX);
        view::imports(&self.pool, None, before, first).await
    }
}

fn wrong_file(problem: FileProblem) -> Error {
    Error::Invalid(vec![field::FILE.wrong(problem)])
}
