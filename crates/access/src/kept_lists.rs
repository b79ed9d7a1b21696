//! What operators keep of the panel's lists, each for themselves: which columns they see, and views under a name.

use kernel::Database;
use uuid::Uuid;

use crate::Subject;

/// The longest name of a view, in characters.
pub const LONGEST_NAME: usize = 60;
/// So many views of a list one operator may keep.
pub const MOST_VIEWS: usize = 30;

/// A list narrowed down, under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListView {
    /// What its address is made of.
    pub id: Uuid,
    /// What the operator calls it.
    pub name: String,
    /// Filters and order, as the list's address has them.
    pub query: String,
}

/// Why a view was not kept.
#[derive(Debug, thiserror::Error)]
pub enum ListViewError {
    /// It has no name, or one that is too long.
    #[error("Give the view a name of at most {LONGEST_NAME} characters.")]
    Name,
    /// Another view of this list has the name.
    #[error("You have a view of this list with that name already.")]
    Taken,
    /// There are as many as may be.
    #[error(
        "You keep {MOST_VIEWS} views of this list, which is as many as may be: delete one first."
    )]
    TooMany,
    /// The database does not answer.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// What operators keep of the lists. A program keeps nothing.
#[derive(Debug, Clone)]
pub struct KeptLists {
    pool: Database,
}

impl KeptLists {
    /// Those in this database.
    #[must_use]
    pub fn new(pool: impl Into<Database>) -> Self {
        Self { pool: pool.into() }
    }

    /// The columns that the operator chose; none when it never did.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn columns(
        &self,
        who: &Subject,
        list: &str,
    ) -> Result<Option<Vec<String>>, sqlx::Error> {
        let Some(operator) = operator(who) else {
            return Ok(None);
        };
        sqlx::query_scalar!(
            "SELECT columns FROM list_columns WHERE operator_id = $1 AND list = $2",
            operator,
            list,
        )
        .fetch_optional(&self.pool)
        .await
    }

    /// Keeps the columns that the operator chose; none: those that the list has of itself.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn choose_columns(
        &self,
        who: &Subject,
        list: &str,
        columns: Option<&[String]>,
    ) -> Result<(), sqlx::Error> {
        let Some(operator) = operator(who) else {
            return Ok(());
        };
        match columns {
            Some(columns) => sqlx::query!(
                "INSERT INTO list_columns (operator_id, list, columns) VALUES ($1, $2, $3)
                 ON CONFLICT (operator_id, list) DO UPDATE SET columns = EXCLUDED.columns",
                operator,
                list,
                columns,
            ),
            None => sqlx::query!(
                "DELETE FROM list_columns WHERE operator_id = $1 AND list = $2",
                operator,
                list,
            ),
        }
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The operator's views of a list, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn views(&self, who: &Subject, list: &str) -> Result<Vec<ListView>, sqlx::Error> {
        let Some(operator) = operator(who) else {
            return Ok(Vec::new());
        };
        sqlx::query_as!(
            ListView,
            "SELECT id, name, query FROM list_views WHERE operator_id = $1 AND list = $2 ORDER BY name",
            operator,
            list,
        )
        .fetch_all(&self.pool)
        .await
    }

    /// Keeps a view; one of the same name is what it says from now on.
    ///
    /// # Errors
    /// When it has no good name, there are too many, or the database does not answer.
    pub async fn save_view(
        &self,
        who: &Subject,
        list: &str,
        name: &str,
        query: &str,
    ) -> Result<(), ListViewError> {
        let (Some(operator), name) = (operator(who), checked(name)?) else {
            return Ok(());
        };
        // Two clicks at the same moment may keep one too many; nobody minds.
        let kept = sqlx::query!(
            "INSERT INTO list_views (id, operator_id, list, name, query)
             SELECT $1, $2, $3, $4, $5 WHERE
               (SELECT count(*) FROM list_views WHERE operator_id = $2 AND list = $3 AND name <> $4) < $6
             ON CONFLICT (operator_id, list, name) DO UPDATE SET query = EXCLUDED.query",
            Uuid::now_v7(),
            operator,
            list,
            name,
            query,
            i64::try_from(MOST_VIEWS).unwrap_or(i64::MAX),
        )
        .execute(&self.pool)
        .await?;
        if kept.rows_affected() == 0 {
            return Err(ListViewError::TooMany);
        }
        Ok(())
    }

    /// Gives one of the operator's own views another name. One that is gone has none.
    ///
    /// # Errors
    /// When the name is no good one or taken, or the database does not answer.
    pub async fn rename_view(
        &self,
        who: &Subject,
        id: Uuid,
        name: &str,
    ) -> Result<(), ListViewError> {
        let (Some(operator), name) = (operator(who), checked(name)?) else {
            return Ok(());
        };
        let renamed = sqlx::query!(
            "UPDATE list_views SET name = $3 WHERE operator_id = $1 AND id = $2",
            operator,
            id,
            name,
        )
        .execute(&self.pool)
        .await;
        match renamed {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                Err(ListViewError::Taken)
            }
            other => Ok(other.map(|_| ())?),
        }
    }

    /// Deletes one of the operator's own views.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn delete_view(&self, who: &Subject, id: Uuid) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "DELETE FROM list_views WHERE operator_id = $1 AND id = $2",
            operator(who),
            id,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

fn operator(who: &Subject) -> Option<Uuid> {
    match who {
        Subject::Operator { id, .. } => Some(Uuid::from(*id)),
        _ => None,
    }
}

fn checked(name: &str) -> Result<String, ListViewError> {
    let name = kernel::text::line(&name.replace('\0', ""));
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(ListViewError::Name);
    }
    Ok(name)
}
