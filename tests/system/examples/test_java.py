"""The example in Java passes its own JUnit tests, by javac and JUnit's launcher in a sandbox. Maven is not run."""

import os
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from paysandbox.kit.runtime import Runtime
from tests.system.examples.around import ROOT, sandboxed

EXAMPLE = ROOT / "examples/java"
JUNIT_JARS = Path(os.environ.get("JUNIT_JARS", "/usr/share/java"))
LAUNCHER = JUNIT_JARS / "junit-platform-console.jar"
POM = "{http://maven.apache.org/POM/4.0.0}"


def find_missing_part() -> str | None:
    """Why the example's tests cannot be run, None if they can."""
    missing = [program for program in ("sh", "java", "javac") if shutil.which(program) is None]
    if missing:
        return f"the example in Java wants a JDK and sh, and {', '.join(missing)} is missing"
    if not LAUNCHER.exists():
        return f"the example in Java wants JUnit 5 ({LAUNCHER}: Debian's package junit5, or JUNIT_JARS)"
    return None


NOT_HERE = find_missing_part()


@pytest.mark.skipif(NOT_HERE is not None, reason=NOT_HERE or "")
def test_the_example_pays_through_every_vendor(tmp_path: Path, base_runtime: Runtime) -> None:
    """Its tests pass side by side, each in a namespace of its own, and each contract is exercised."""
    done = sandboxed(tmp_path, "sh", "java/test.sh", JUNIT_JARS=str(JUNIT_JARS))
    assert done.code == 0, done.told
    written = (EXAMPLE / "src/test/java/shop/PaymentsTest.java").read_text().count("@Test\n")
    assert re.search(rf"^\W+{written} tests successful\W+$", done.told, re.MULTILINE), done.told
    exercised = done.exercised()
    assert set(exercised) == set(base_runtime.services)
    assert min(exercised.values()) > 0


@pytest.mark.skipif(shutil.which("javac") is None, reason="the example in Java wants a JDK")
def test_the_example_compiles_without_a_warning(tmp_path: Path) -> None:
    """The code that pays needs nothing but Java 17."""
    sources = sorted(str(path) for path in (EXAMPLE / "src/main/java/shop").glob("*.java"))
    done = sandboxed(tmp_path, "javac", "--release", "17", "-Xlint:all", "-Werror", "-d", str(tmp_path), *sources)
    assert done.code == 0, done.told
    assert {path.name for path in (tmp_path / "shop").glob("*.class")} == {"Payments.class", "Refused.class"}


def test_the_pom_asks_for_junit_and_the_java_that_it_is_compiled_with() -> None:
    """Maven itself is not run here, because its plugins cannot be fetched."""
    project = ET.parse(EXAMPLE / "pom.xml").getroot()  # noqa: S314 - our own file
    assert project.findtext(f"{POM}properties/{POM}maven.compiler.release") == "17"
    (dependency,) = project.findall(f"{POM}dependencies/{POM}dependency")
    assert dependency.findtext(f"{POM}artifactId") == "junit-jupiter"
    assert dependency.findtext(f"{POM}scope") == "test"
