namespace SimClr.Protocols;

/// <summary>The protocols that turn features into an accuracy.</summary>
public enum EvaluationProtocol
{
    /// <summary>k nearest neighbours.</summary>
    Knn,

    /// <summary>Softmax regression, fitted to its optimum on cached features.</summary>
    Linear,

    /// <summary>SGD on cached features, with SimCLR's learning rates.</summary>
    LinearSgd,

    /// <summary>Adam on cached features.</summary>
    LinearAdam,

    /// <summary>SGD on augmented images, with a frozen encoder.</summary>
    Augmented,
}
