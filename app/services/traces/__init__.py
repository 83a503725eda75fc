"""Why a bot said something or was silent, and the same decision again."""
